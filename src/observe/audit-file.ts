/** The audit trail in a file of its own. */
import { constants, open } from 'node:fs';
import { promisify } from 'node:util';
import type { Events } from './events.ts';
import { LineSink } from './line-sink.ts';
import type { OpenOutlet } from './outlet.ts';
import { descriptorOutlet } from './pino.ts';

/** Lines that are appended to a file. */
export interface AuditFile {
  /** `line` has its newline. Never throws, never blocks. */
  write(line: string): void;
  /** Opens the path anew, after a rotation; a failure is said and the old file kept. */
  reopen(): Promise<void>;
  /** Resolves when all lines so far are written, or can not be. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Who runs the gate may read and write, its group may read. */
const fileMode = 0o640;

const opened = promisify(open);

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

const append = O_WRONLY | O_APPEND | O_CREAT;

async function fileOutlet(path: string, flags: number): Promise<OpenOutlet> {
  return descriptorOutlet(await opened(path, flags, fileMode));
}

/** Rejects when it can not be opened; later trouble is said, once a spell, and stops nobody. */
export async function openAuditFile(file: string, events: Pick<Events, 'warn' | 'error'>): Promise<AuditFile> {
  const sink = new LineSink(await fileOutlet(file, append), {
    began: fault => events.error('the audit trail is in trouble', { file, fault }),
    ended: lostLines => events.warn('the audit trail is written again', { file, lostLines }),
  });
  return {
    write: line => sink.write(line),
    flush: () => sink.flush(),
    async reopen() {
      try {
        // The start waits for who reads a named pipe; later that would keep a thread that all files share.
        sink.replace(await fileOutlet(file, append | O_NONBLOCK));
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error);
        events.error('the audit file can not be opened anew, the old one is kept', { file, fault });
      }
    },
    async close() {
      const lostLines = await sink.close();
      if (lostLines > 0) events.error('the audit trail has lost lines', { file, lostLines });
    },
  };
}
