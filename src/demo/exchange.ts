/** Sends one demo request exactly as it is written, and reads the answer to its end. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type DemoRequest, type DemoTokens, handshake, withTokens } from './requests.ts';

/** What came back. */
export interface Exchange {
  readonly status: number;
  /** Of repeated fields the first, by lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  /** The body; of a WebSocket the first message. */
  readonly body: string;
}

const patienceMs = 10_000;

/** Sends the request to the origin; rejects when no answer comes. */
export function exchange(request: DemoRequest, origin: string, tokens: DemoTokens): Promise<Exchange> {
  const { hostname, port, host } = new URL(origin);
  const fields = linesOf(request, host, tokens);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(patienceMs);
    const outgoing = httpRequest({
      hostname,
      port,
      path: request.target,
      headers: fields.flat(),
      agent: false,
      signal,
    });
    const finish = (answer: IncomingMessage, body: Promise<string>): void => {
      body.then(read => resolve({ status: answer.statusCode ?? 0, fields: fieldsOf(answer), body: read }), reject);
    };
    outgoing.on('response', answer => finish(answer, text(answer)));
    outgoing.on('upgrade', (answer, socket, head) => finish(answer, firstMessage(socket, head)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function linesOf(request: DemoRequest, host: string, tokens: DemoTokens): [string, string][] {
  const given = request.fields.map(([name, value]): [string, string] => [name, withTokens(value, tokens)]);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const always: [string, string][] = [
    ['Host', host],
    ['User-Agent', 'hubgate-demo'],
    ['Accept', '*/*'],
  ];
  const opening = request.webSocket === true ? handshake.map(([name, value]): [string, string] => [name, value]) : [];
  return [...always.filter(([name]) => !names.has(name.toLowerCase())), ...opening, ...given];
}

function fieldsOf(answer: IncomingMessage): Map<string, string> {
  const fields = new Map<string, string>();
  const { rawHeaders } = answer;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!fields.has(name)) fields.set(name, rawHeaders[at + 1] ?? '');
  }
  return fields;
}

async function firstMessage(socket: Duplex, head: Buffer): Promise<string> {
  let received = head;
  try {
    let message = payloadOf(received);
    if (message !== null) return message;
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      message = payloadOf(received);
      if (message !== null) return message;
    }
    throw new Error('the WebSocket closed before its first message');
  } finally {
    socket.destroy();
  }
}

/** The payload of a whole, unmasked frame of less than 64 KiB (RFC 6455 §5.2); null while it is not complete. */
function payloadOf(frame: Buffer): string | null {
  if (frame.length < 4) return null;
  const shortLength = (frame[1] ?? 0) & 0x7f;
  const start = shortLength < 126 ? 2 : 4;
  const end = start + (shortLength < 126 ? shortLength : frame.readUInt16BE(2));
  return frame.length < end ? null : frame.toString('utf8', start, end);
}
