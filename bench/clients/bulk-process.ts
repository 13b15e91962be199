/** `node bulk-process.ts PLAN`: large bodies on several connections, down or up; prints the bytes that moved. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What is moved. */
export type BulkPlan = {
  readonly port: number;
  readonly direction: 'down' | 'up';
  /** A whole head. */
  readonly head: string;
  readonly streams: number;
  readonly bodyBytes: number;
};

/** What was moved. */
export type BulkCount = { readonly bytes: number; readonly seconds: number };

const plan = JSON.parse(process.argv[2] ?? '{}') as BulkPlan;
const chunk = Buffer.alloc(64 * 1024);
const longestHead = 16 * 1024;

async function download(): Promise<void> {
  const { socket, answer } = open();
  socket.write(plan.head);
  const { status, bodyBytes } = await answer;
  if (status !== 200 || bodyBytes !== plan.bodyBytes) throw new Error(`answered ${status} with ${bodyBytes} bytes`);
  socket.destroy();
}

/** The server's answer says how much arrived. */
async function upload(): Promise<void> {
  const { socket, answer } = open();
  socket.write(plan.head);
  for (let left = plan.bodyBytes; left > 0; left -= chunk.length) {
    if (!socket.write(left < chunk.length ? chunk.subarray(0, left) : chunk)) await once(socket, 'drain');
  }
  const { status, text } = await answer;
  if (status !== 200 || !text.includes(`{"bytes":${plan.bodyBytes}}`)) throw new Error(`answered ${status}: ${text}`);
  socket.destroy();
}

type Answer = { readonly status: number; readonly bodyBytes: number; readonly text: string };

/** A connection that reads into one buffer; the answer is there when its body is as long as it says, or the connection ends. */
function open(): { socket: Socket; answer: Promise<Answer> } {
  const reader = new Reader();
  const socket = connect({
    host: '127.0.0.1',
    port: plan.port,
    onread: {
      buffer: Buffer.alloc(256 * 1024),
      callback: (length, buffer) => {
        reader.take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
        return true;
      },
    },
  });
  socket.on('error', error => reader.fail(error)).on('close', () => reader.fail(new Error('closed early')));
  return { socket, answer: reader.answer };
}

class Reader {
  readonly answer: Promise<Answer>;
  readonly fail: (error: Error) => void;
  readonly #resolve: (answer: Answer) => void;
  #text = '';
  #bodyBytes = 0;
  #wanted = -1;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.fail = reject;
  }

  take(bytes: Buffer): void {
    if (this.#wanted === -1) this.#takeHead(bytes);
    else this.#bodyBytes += bytes.length;
    if (this.#wanted !== -1 && this.#bodyBytes >= this.#wanted) {
      this.#resolve({ status: Number(this.#text.slice(9, 12)), bodyBytes: this.#bodyBytes, text: this.#text });
    }
  }

  #takeHead(bytes: Buffer): void {
    this.#text += bytes.subarray(0, longestHead).toString('latin1');
    const end = this.#text.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = /^content-length: *(\d+)/im.exec(this.#text)?.[1];
    if (length === undefined) this.fail(new Error(`no length: ${this.#text.slice(0, end)}`));
    this.#wanted = Number(length);
    this.#bodyBytes = this.#text.length - (end + 4) + Math.max(0, bytes.length - longestHead);
  }
}

const started = performance.now();
await Promise.all(Array.from({ length: plan.streams }, plan.direction === 'down' ? download : upload));
const count: BulkCount = {
  bytes: plan.streams * plan.bodyBytes,
  seconds: (performance.now() - started) / 1000,
};
process.stdout.write(`${JSON.stringify(count)}\n`);
