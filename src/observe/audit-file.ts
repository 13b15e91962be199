/** The audit trail in a file of its own. */
import { open } from 'node:fs';
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

async function fileOutlet(path: string): Promise<OpenOutlet> {
  return descriptorOutlet(await opened(path, 'a', fileMode));
}

/** Rejects when it can not be opened; later trouble is said, once a spell, and stops nobody. */
export async function openAuditFile(file: string, events: Pick<Events, 'warn' | 'error'>): Promise<AuditFile> {
  const sink = new LineSink(await fileOutlet(file), {
    began: fault => events.error('the audit trail is in trouble', { file, fault }),
    ended: lostLines => events.warn('the audit trail is written again', { file, lostLines }),
  });
  return {
    write: line => sink.write(line),
    flush: () => sink.flush(),
    async reopen() {
      try {
        sink.replace(await fileOutlet(file));
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
