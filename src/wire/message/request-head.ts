/** The grammar of a request's head: RFC 9112 §3, narrowed to what every server behind the gate reads in the same way. */
import { type FieldLine, listElements, valuesOf } from '../../http/field.ts';
import { type FramingParse, requestFraming } from '../../http/framing.ts';
import { headEnd, lineEnd, mayGoOn, readFieldLines } from './field-lines.ts';

/** A head that can be read in one way. */
export interface RequestHead {
  readonly method: string;
  /** As received; its form is the gate's to judge. */
  readonly target: string;
  readonly httpVersion: '1.0' | '1.1';
  /** In wire order, spelled as received, values trimmed, latin1. */
  readonly fields: readonly FieldLine[];
  /** Where its fault is said, nobody knows where the body ends: the connection can not go on. */
  readonly framing: FramingParse;
  /** The client means to send more on this connection (RFC 9112 §9.3). */
  readonly persists: boolean;
  /** The client waits for 100 Continue (RFC 9110 §10.1.1). */
  readonly expectsContinue: boolean;
  /** Asks to leave HTTP: with Upgrade (RFC 9110 §7.8) and no body, or by CONNECT. */
  readonly asksToSwitch: boolean;
}

/**
 * RFC 9110 §9, RFC 5789 and what WebDAV clients send. Parsers keep closed lists and differ in them: a method that one
 * server on the way does not know is an error to it and a request to the next.
 */
const methods: ReadonlySet<string> = new Set(
  [
    'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH',
    'COPY LOCK MKCOL MOVE PROPFIND PROPPATCH REPORT SEARCH UNLOCK',
  ].flatMap(names => names.split(' ')),
);

const absoluteForm = /^[A-Za-z][A-Za-z0-9+\-.]*:\/\//;

/** RFC 9110 §7.6.1, lower-case; what is not a list of names is the gate's to refuse. */
function optionsIn(fields: readonly FieldLine[], lowerName: string): string[] {
  const values = valuesOf(fields, lowerName);
  return values.length === 0 ? [] : listElements(values).map(option => option.toLowerCase());
}

/** llhttp takes Proxy-Connection for Connection: who said close in it may count on that. */
function saysClose(fields: readonly FieldLine[], options: readonly string[]): boolean {
  return options.includes('close') || optionsIn(fields, 'proxy-connection').includes('close');
}

function asksToSwitch(method: string, fields: readonly FieldLine[], options: string[], framing: FramingParse): boolean {
  if (method === 'CONNECT') return true;
  if (!options.includes('upgrade') || valuesOf(fields, 'upgrade').length === 0) return false;
  return framing.ok && (framing.body.kind === 'none' || (framing.body.kind === 'length' && framing.body.bytes === 0));
}

function fromParts(
  { method, target, httpVersion }: Pick<RequestHead, 'method' | 'target' | 'httpVersion'>,
  fields: readonly FieldLine[],
): RequestHead {
  const framing = requestFraming(fields, httpVersion);
  const options = optionsIn(fields, 'connection');
  return {
    method,
    target,
    httpVersion,
    fields,
    framing,
    // HTTP/1.0 keeps connections by an extension that proxies have got wrong (RFC 9112 §C.2.2): not here.
    persists: httpVersion === '1.1' && framing.ok && !saysClose(fields, options),
    expectsContinue: httpVersion === '1.1' && valuesOf(fields, 'expect').length > 0,
    asksToSwitch: asksToSwitch(method, fields, options, framing),
  };
}

/** RFC 9112 §3.2: authority-form is CONNECT's alone. Which of the forms is served is the gate's word. */
function hasForm(target: string, method: string): boolean {
  return method === 'CONNECT' || target.startsWith('/') || target === '*' || absoluteForm.test(target);
}

/** Reads the head that ends where the first `headEnd` stands at `end`; a text is what is wrong with it. */
export function parseRequestHead(text: string, end: number): RequestHead | string {
  const stop = lineEnd(text, 0);
  if (stop === -1) return 'the request line does not end with CR LF';
  const methodStop = text.indexOf(' ');
  const targetStop = text.indexOf(' ', methodStop + 1);
  if (methodStop < 1 || targetStop === -1 || targetStop > stop) return 'the request line has not three parts';
  const method = text.slice(0, methodStop);
  if (!methods.has(method)) return 'a method that this transport does not know';
  const target = text.slice(methodStop + 1, targetStop);
  if (!hasForm(target, method)) return 'the request target is neither a path nor a URL';
  const version = text.slice(targetStop + 1, stop);
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') return 'the version is neither HTTP/1.1 nor HTTP/1.0';
  const fields = readFieldLines(text, stop + 2, end);
  if (typeof fields === 'string') return fields;
  return fromParts({ method, target, httpVersion: version === 'HTTP/1.1' ? '1.1' : '1.0' }, fields);
}

/** What is wrong with a head that can not become one. */
export const strayEnd = 'CR, LF or NUL stands where none may';

/** The record that a TLS handshake begins with (RFC 8446 §5.1). */
const tlsGreeting = '\x16\x03';

const couldBegin = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]/;

/** What is wrong with a head already, although it is not whole; null while it may still become one. */
export function unfinishedFault(text: string): string | null {
  if (text.startsWith(tlsGreeting)) return 'TLS, which this listener does not speak';
  if (!couldBegin.test(text)) return 'no request begins so';
  return mayGoOn(text) ? null : strayEnd;
}

/** Where the head ends; -1 while it is not whole. */
export function endOfHead(text: string): number {
  return text.indexOf(headEnd);
}
