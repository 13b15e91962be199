/** A client of the soak: raw bytes on one connection, answers as they come, and an eye on bytes that nobody asked for. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type RawResponse, ResponseReader } from '../clients/response-reader.ts';

/** What came back. */
export type Heard = {
  /** Final answers, the last one perhaps not whole. */
  readonly answers: readonly RawResponse[];
  /** Interim answers before them. */
  readonly interim: number;
  readonly closed: boolean;
};

/** How much to wait for. */
export type Wanted = { readonly answers?: number; readonly head?: boolean; readonly untilClosed?: boolean };

const patienceMs = 30_000;
const shownBytes = 80;

/** One connection. */
export class Caller {
  readonly socket: Socket;
  /** Not even a connection was had, or it came to nothing that can be read. */
  fault: string | null = null;
  #reader: ResponseReader | null = null;
  #closed = false;
  /** The beginning of it. */
  #lastSent = '';
  #wake: () => void = () => undefined;

  private constructor(port: number, from: string) {
    this.socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
    this.socket
      .on('data', (chunk: Buffer) => this.#take(chunk))
      .on('end', () => this.#over())
      .on('error', () => this.#over())
      .on('close', () => this.#over());
  }

  /** Resolves when it is connected; null when nobody listens. */
  static async dial(port: number, from: string): Promise<Caller | null> {
    const caller = new Caller(port, from);
    try {
      await once(caller.socket, 'connect');
      return caller;
    } catch {
      return null;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  #take(chunk: Buffer): void {
    try {
      if (this.#reader === null) throw new Error('bytes that nobody asked for');
      this.#reader.push(chunk);
    } catch (error) {
      this.fault ??= `${String(error)}: ${JSON.stringify(chunk.toString('latin1', 0, 200))}`;
      this.socket.destroy();
    }
    this.#wake();
  }

  #over(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Sends, and waits for what comes back; throws when nothing does, nor the end. */
  async ask(bytes: string | Buffer, wanted: Wanted = {}): Promise<Heard> {
    const hearing = this.hear(wanted);
    this.send(bytes);
    return hearing;
  }

  send(bytes: string | Buffer): void {
    const begin = typeof bytes === 'string' ? bytes : bytes.toString('latin1', 0, shownBytes);
    this.#lastSent = begin.slice(0, shownBytes);
    if (this.socket.writable) this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Waits for answers to what is sent meanwhile. */
  async hear({ answers = 1, head = false, untilClosed = false }: Wanted = {}): Promise<Heard> {
    const reader = new ResponseReader(head);
    this.#reader = reader;
    const isOver = (): boolean => this.#closed || (!untilClosed && reader.finalCount() >= answers);
    await this.#until(isOver);
    this.#reader = null;
    const all = reader.finish(this.#closed);
    const final = all.filter(({ status }) => status === 0 || status === 101 || status >= 200);
    return { answers: final, interim: all.length - final.length, closed: this.#closed };
  }

  #until(isOver: () => boolean): Promise<void> {
    if (isOver()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.socket.destroy();
        reject(new Error(`neither an answer nor an end after ${JSON.stringify(this.#lastSent)}`));
      }, patienceMs);
      this.#wake = () => {
        if (!isOver()) return;
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
    });
  }

  /** Says its last, and may still read. */
  endHalf(): void {
    this.socket.end();
  }

  leave(): void {
    this.socket.destroy();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }
}
