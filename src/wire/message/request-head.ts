/** The grammar of a request's head: RFC 9112 §3, narrowed to what every server behind the gate reads in the same way. */
import { type FieldLine, listElements, valuesOf } from '../../http/field.ts';
import { type FramingParse, requestFraming } from '../../http/framing.ts';
import { headEnd, mayGoOn, readFieldLines } from './field-lines.ts';
import { type RequestLine, readRequestLine } from './request-line.ts';

/** A head that can be read in one way. */
export interface RequestHead extends Omit<RequestLine, 'stop'> {
  /** In wire order, spelled as received, values trimmed, latin1. */
  readonly fields: readonly FieldLine[];
  /** These very `fields` stood in a head before. */
  readonly recurs: boolean;
  /** Where its fault is said, nobody knows where the body ends: the connection can not go on. */
  readonly framing: FramingParse;
  /** The client means to send more on this connection (RFC 9112 §9.3). */
  readonly persists: boolean;
  /** The client waits for 100 Continue (RFC 9110 §10.1.1). */
  readonly expectsContinue: boolean;
  /** Asks to leave HTTP: with Upgrade (RFC 9110 §7.8) and no body, or by CONNECT. */
  readonly asksToSwitch: boolean;
}

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

function fromParts({ method, target, httpVersion }: RequestLine, fields: readonly FieldLine[]): RequestHead {
  const framing = requestFraming(fields, httpVersion);
  const options = optionsIn(fields, 'connection');
  return {
    method,
    target,
    httpVersion,
    fields,
    recurs: false,
    framing,
    // HTTP/1.0 keeps connections by an extension that proxies have got wrong (RFC 9112 §C.2.2): not here.
    persists: httpVersion === '1.1' && framing.ok && !saysClose(fields, options),
    expectsContinue: httpVersion === '1.1' && valuesOf(fields, 'expect').length > 0,
    asksToSwitch: asksToSwitch(method, fields, options, framing),
  };
}

/** Reads the head that ends where the first `headEnd` stands at `end`; a text is what is wrong with it. */
export function parseRequestHead(text: string, end: number): RequestHead | string {
  const line = readRequestLine(text);
  if (typeof line === 'string') return line;
  const fields = readFieldLines(text, line.stop, end);
  return typeof fields === 'string' ? fields : fromParts(line, fields);
}

/** What is wrong with bytes behind a head that asks to switch (P8). */
export const earlyBytes = 'bytes before the switch was answered';

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
