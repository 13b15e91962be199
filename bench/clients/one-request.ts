/** One request with exactly these field lines, and its whole answer. */
import { request } from 'node:http';
import type { FieldLines } from '../lab/requests.ts';

/** An answer. */
export type Answer = {
  readonly status: number;
  readonly body: Buffer;
  /** All bytes of it on the wire. */
  readonly wireBytes: number;
};

const patienceMs = 15_000;

/** Sends a GET on a connection of its own; rejects when there is no whole answer. */
export function oneRequest(port: number, path: string, lines: FieldLines): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = lines.flat();
    const options = {
      host: '127.0.0.1',
      port,
      path,
      headers,
      agent: false,
      timeout: patienceMs,
      setDefaultHeaders: false,
    };
    const sent = request(options, answer => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      answer.on('end', () => {
        const wireBytes = answer.socket.bytesRead;
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks), wireBytes });
        answer.socket.destroy();
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time'))).on('error', reject);
    sent.end();
  });
}

/** Bytes on the wire of a good answer; throws when it is not good. */
export async function goodAnswerBytes(port: number, path: string, lines: FieldLines): Promise<number> {
  const { status, wireBytes } = await oneRequest(port, path, lines);
  if (status !== 200) throw new Error(`answered ${status} before the round`);
  return wireBytes;
}
