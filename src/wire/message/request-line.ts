/** The grammar of a request line (RFC 9112 §3). */
import { lineEnd } from './field-lines.ts';

/** What a request line says. */
export interface RequestLine {
  readonly method: string;
  /** As received; its form is the gate's to judge. */
  readonly target: string;
  readonly httpVersion: '1.0' | '1.1';
  /** Where the next line begins. */
  readonly stop: number;
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

/** Version 2 of the PROXY protocol begins so; version 1 looks like a method. */
const proxySignature = '\r\n\r\n\0\r\nQUIT\n';
const proxyFault = 'a PROXY header, which only a listener with proxyProtocol: required takes';

const absoluteForm = /^[A-Za-z][A-Za-z0-9+\-.]*:\/\//;

/** RFC 9112 §3.2: authority-form is CONNECT's alone. Which of the forms is served is the gate's word. */
function hasForm(target: string, method: string): boolean {
  return method === 'CONNECT' || target.startsWith('/') || target === '*' || absoluteForm.test(target);
}

/** Reads the line that `text` begins with; a text is what is wrong with it. */
export function readRequestLine(text: string): RequestLine | string {
  const stop = lineEnd(text, 0);
  if (stop === -1) return 'the request line does not end with CR LF';
  const methodStop = text.indexOf(' ');
  const targetStop = text.indexOf(' ', methodStop + 1);
  if (methodStop < 1 || targetStop === -1 || targetStop > stop)
    return text.startsWith(proxySignature) ? proxyFault : 'the request line has not three parts';
  const method = text.slice(0, methodStop);
  if (!methods.has(method)) return method === 'PROXY' ? proxyFault : 'a method that this transport does not know';
  const target = text.slice(methodStop + 1, targetStop);
  if (!hasForm(target, method)) return 'the request target is neither a path nor a URL';
  const version = text.slice(targetStop + 1, stop);
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') return 'the version is neither HTTP/1.1 nor HTTP/1.0';
  return { method, target, httpVersion: version === 'HTTP/1.1' ? '1.1' : '1.0', stop: stop + 2 };
}
