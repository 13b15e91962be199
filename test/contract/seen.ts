/** Reads what came to the hub, and what the client was answered, in the words of the rows. */
import type { RawResponse } from '../clients/response-reader.ts';
import type { Captured } from './capturing-hub.ts';

const problemType = 'application/problem+json';

/** The reason that a refusal names; undefined where the answer is none. */
export function reasonIn(response: RawResponse | null): unknown {
  const isProblem = response?.fields.some(([name, value]) => name === 'Content-Type' && value.startsWith(problemType));
  if (isProblem !== true) return undefined;
  const body: unknown = JSON.parse(response?.body.toString() || 'null');
  return typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined;
}

/** What the doors may write about the body, behind all else; only a streamed one may go chunked (P14). */
const framing = { stream: /^(?:Content-Length: \d+|Transfer-Encoding: chunked)$/, measure: /^Content-Length: \d+$/ };

/** The head as the decision made it: what the doors wrote is taken off and checked here. */
export function decidedHead({ head }: Captured, isSocket: boolean, body: 'stream' | 'measure'): readonly string[] {
  if (isSocket) {
    const doorLines = head.slice(-2).join(', ');
    return doorLines === 'Connection: Upgrade, Upgrade: websocket' ? head.slice(0, -2) : ['no handshake', ...head];
  }
  return framing[body].test(head.at(-1) ?? '') ? head.slice(0, -1) : head;
}

/** The chunks' content; what is not exactly chunks, and no trailers, stands there as it is. */
function unchunked(content: string): string {
  let payload = '';
  for (let at = 0; ; ) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(content.slice(at)) ?? [];
    const length = Number.parseInt(size, 16);
    const end = at + line.length + length;
    if (line === '' || content.slice(end, end + 2) !== '\r\n') return `no chunks: ${content}`;
    if (length === 0) return end + 2 === content.length ? payload : `more than chunks: ${content}`;
    payload += content.slice(at + line.length, end);
    at = end + 2;
  }
}

/** The payload behind its framing; a length of 0 says no more than none. */
export function payloadIn(lines: readonly string[], content: string): string {
  if (lines.some(line => /^transfer-encoding: chunked$/i.test(line))) return unchunked(content);
  const length = lines.map(line => /^content-length: (\d+) *$/i.exec(line)?.[1]).find(digits => digits !== undefined);
  return Number(length ?? 0) === content.length ? content : `wrong length of ${content}`;
}
