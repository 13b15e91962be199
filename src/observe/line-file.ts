/** A file that lines are appended to without holding anyone up. */
import { type FileHandle, open } from 'node:fs/promises';

/** Lines go out in order, as many as are waiting in one write. */
export interface LineFile {
  /** `line` has its newline. Never throws, never blocks. */
  write(line: string): void;
  /** Opens the path anew, after a rotation; a failure is reported and the old file kept. */
  reopen(): Promise<void>;
  /** Resolves when everything written so far is with the system, or was reported as lost. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Told what went wrong; once for each spell of trouble. */
export type ReportTrouble = (trouble: string) => void;

/** Characters that may wait while the disk is slow; what comes beyond is lost and reported. */
const mostWaiting = 16 * 1024 * 1024;

/** Who runs the gate may read and write, its group may read. */
const fileMode = 0o640;

/** Opens for appending; rejects when that can not be done. */
export async function openLineFile(path: string, report: ReportTrouble): Promise<LineFile> {
  const queue = new LineQueue(await open(path, 'a', fileMode), report);
  return {
    write: line => queue.add(line),
    reopen: async () => {
      try {
        await queue.useInstead(await open(path, 'a', fileMode));
      } catch (error) {
        report(`can not be reopened, the old file is kept: ${faultOf(error)}`);
      }
    },
    flush: () => queue.emptied(),
    close: () => queue.close(),
  };
}

function faultOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class LineQueue {
  #waiting: string[] = [];
  #waitingLength = 0;
  #writing: Promise<void> | null = null;
  #inTrouble = false;
  #file: FileHandle;
  readonly #report: ReportTrouble;

  constructor(file: FileHandle, report: ReportTrouble) {
    this.#file = file;
    this.#report = report;
  }

  add(line: string): void {
    if (this.#waitingLength + line.length > mostWaiting) {
      this.#trouble('is too slow, lines are lost');
      return;
    }
    this.#waiting.push(line);
    this.#waitingLength += line.length;
    this.#writing ??= this.#writeAll();
  }

  async emptied(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async useInstead(file: FileHandle): Promise<void> {
    await this.emptied();
    const old = this.#file;
    this.#file = file;
    await old.close();
  }

  async close(): Promise<void> {
    await this.emptied();
    await this.#file.close();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#waitingLength = 0;
      await this.#writeOut(lines);
    }
    this.#writing = null;
  }

  async #writeOut(lines: readonly string[]): Promise<void> {
    try {
      await this.#file.appendFile(lines.join(''));
      this.#inTrouble = false;
    } catch (error) {
      this.#trouble(`can not be written, lines are lost: ${faultOf(error)}`);
    }
  }

  #trouble(what: string): void {
    if (!this.#inTrouble) this.#report(what);
    this.#inTrouble = true;
  }
}
