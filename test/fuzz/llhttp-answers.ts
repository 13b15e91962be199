/** llhttp as node:http's client runs it, strict, on a connection that is no socket. */
import { request } from 'node:http';
import { Duplex } from 'node:stream';
import type { Line } from '../differential/strict-messages.ts';

/** The head of an answer. */
export interface AnswerRead {
  readonly status: number;
  readonly lines: readonly Line[];
}

/** Says these bytes to whatever is asked of it, and ends. */
class Server extends Duplex {
  readonly #bytes: Buffer;

  constructor(bytes: string) {
    super();
    this.#bytes = Buffer.from(bytes, 'latin1');
  }

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.push(this.#bytes);
    this.push(null);
    done();
  }
}

function linesOf(raw: readonly string[]): Line[] {
  return raw.flatMap((name, at): Line[] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []));
}

/** The head that the bytes begin with; null where it is no answer. */
export function readAnswer(bytes: string): Promise<AnswerRead | null> {
  return new Promise(resolve => {
    const asking = request({ createConnection: () => new Server(bytes), maxHeaderSize: 1024 * 1024 });
    asking.maxHeadersCount = 0;
    asking.on('error', () => resolve(null));
    asking.on('response', answer => {
      answer.on('error', () => undefined);
      resolve({ status: answer.statusCode ?? 0, lines: linesOf(answer.rawHeaders) });
      answer.destroy();
    });
    asking.end();
  });
}
