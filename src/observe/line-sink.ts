/** Lines on their way out: in order, whole, in few writes, and without holding anyone up. */
import { setTimeout as delay } from 'node:timers/promises';
import { Backlog } from './backlog.ts';
import type { OpenOutlet, Outlet } from './outlet.ts';
import { blockFor, isBusy, writeWhole } from './write-whole.ts';

/** Told of a spell of trouble. */
export interface SinkTrouble {
  /** It begins: lines wait, or are lost. `fault` completes "the log …". */
  began(fault: string): void;
  /** It is over. */
  ended(lostLines: number): void;
}

/** After a quiet moment a line goes out at once; then the next ones wait this long for company. */
const pauseMs = 10;
/** Until a full pipe is tried again: at 64 KiB each time, 12 MiB a second. */
const busyMs = 5;
/** Until a full disk is tried again. */
const troubleMs = 1000;
/** How long the end of the process may be held up for lines that no one takes. */
const patienceMs = 2000;
/** For a thread to come to its work on a busy machine. */
const momentMs = 20;

const newline = 0x0a;

/** Opens with an outlet, which may be replaced. */
export class LineSink {
  readonly #backlog = new Backlog();
  readonly #trouble: SinkTrouble;
  #outlet: Outlet;
  /** Takes over between two batches. */
  #next: Outlet | undefined;
  /** `stuck`: the batch in hand could not be written, and is tried again. */
  #state: 'idle' | 'writing' | 'stuck' | 'closed' = 'idle';
  #inHand: Buffer = Buffer.alloc(0);
  #written = 0;
  #pause: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #inTrouble = false;
  #lost = 0;
  #waiters: (() => void)[] = [];

  constructor(open: OpenOutlet, trouble: SinkTrouble) {
    this.#trouble = trouble;
    this.#outlet = this.#opened(open);
  }

  /** `line` has its newline. Never throws, never blocks. */
  write(line: string): void {
    if (this.#backlog.add(line)) this.#goOn();
    else {
      this.#lost += 1;
      this.#begin('is too slow, lines are lost');
    }
  }

  /** Lets go of the outlet between two lines, and goes on with another. */
  replace(open: OpenOutlet): void {
    if (this.#state === 'closed') {
      this.#opened(open).close();
      return;
    }
    this.#next?.close();
    this.#next = this.#opened(open);
    if (this.#state !== 'writing') this.#replaceNow();
  }

  /** Resolves when nothing waits any more, or what waits can not be written now. */
  async flush(): Promise<void> {
    if (this.#state === 'closed' || (this.#state === 'idle' && this.#backlog.isEmpty)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push(resolve);
    if (this.#state === 'stuck') this.#tryAgain();
    else this.#goOn();
    await promise;
  }

  /** Flushes within bounds and lets go of the outlet; resolves with the number of lines lost that nobody was told of. */
  async close(): Promise<number> {
    const patience = new AbortController();
    const over = delay(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([this.flush(), over]);
    patience.abort();
    return this.#lost + linesIn(this.#end());
  }

  #opened(open: OpenOutlet): Outlet {
    return open({
      wrote: bytes => {
        this.#written += bytes;
      },
      done: () => this.#done(),
      failed: error => this.#failed(error),
      exiting: writeSync => this.#lastWords(writeSync),
    });
  }

  /** Hands the next batch over where that is due. */
  #goOn(): void {
    if (this.#state !== 'idle') return;
    const due = this.#pause === undefined || this.#backlog.hasFullBatch || this.#waiters.length > 0;
    const batch = due ? this.#backlog.take() : undefined;
    if (batch === undefined) return;
    this.#state = 'writing';
    this.#inHand = batch;
    this.#written = 0;
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#goOn();
    }, pauseMs);
    this.#outlet.write(batch);
  }

  #done(): void {
    if (this.#state !== 'writing') return;
    this.#state = 'idle';
    if (this.#inTrouble && !this.#backlog.hasFullBatch) {
      const lost = this.#lost;
      this.#inTrouble = false;
      this.#lost = 0;
      this.#trouble.ended(lost);
    }
    if (this.#backlog.isEmpty && this.#state === 'idle') this.#wake();
    if (this.#next === undefined) this.#goOn();
    else this.#replaceNow();
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#state !== 'writing') return;
    this.#state = 'stuck';
    const busy = isBusy(error);
    this.#retry = setTimeout(() => this.#tryAgain(), busy ? busyMs : troubleMs);
    if (!busy) {
      this.#begin(`can not be written: ${error.message}`);
      this.#wake();
    }
    if (this.#next !== undefined) this.#replaceNow();
  }

  #tryAgain(): void {
    clearTimeout(this.#retry);
    this.#state = 'writing';
    this.#outlet.retry();
  }

  #replaceNow(): void {
    if (this.#next === undefined) return;
    clearTimeout(this.#retry);
    if (this.#state === 'stuck') this.#backlog.putBack(this.#inHand.subarray(lineStart(this.#inHand, this.#written)));
    this.#outlet.close();
    this.#outlet = this.#next;
    this.#next = undefined;
    this.#state = 'idle';
    this.#goOn();
  }

  /** Closes all; gives what is not written, and not being written just now. */
  #end(): Buffer {
    if (this.#state === 'closed') return Buffer.alloc(0);
    const left = this.#state === 'stuck' ? this.#inHand.subarray(this.#written) : Buffer.alloc(0);
    this.#state = 'closed';
    clearTimeout(this.#pause);
    clearTimeout(this.#retry);
    this.#outlet.close();
    this.#next?.close();
    this.#wake();
    return Buffer.concat([left, this.#backlog.takeAll()]);
  }

  /** A write that has not begun when the process is gone never will, so one under way is given a moment. */
  #lastWords(writeSync: (bytes: Buffer) => number): void {
    if (this.#state === 'writing') blockFor(momentMs);
    writeWhole(this.#end(), writeSync, patienceMs);
  }

  #begin(fault: string): void {
    if (this.#inTrouble) return;
    this.#inTrouble = true;
    this.#trouble.began(fault);
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines += 1;
  return lines;
}

/** Where the line begins that `at` stands in. */
function lineStart(bytes: Buffer, at: number): number {
  return at === 0 ? 0 : bytes.lastIndexOf(newline, at - 1) + 1;
}
