/** The only file that knows pino: its logger for events, and its destination for all lines. */
import { writeSync } from 'node:fs';
import pino from 'pino';
import type { LogConfig } from '../config/sections/log.ts';
import type { OpenOutlet } from './outlet.ts';

/** What an event is logged with: facts, then the message. */
export type EventLogger = Readonly<
  Record<'debug' | 'info' | 'warn' | 'error', (facts: object, message: string) => void>
>;

/** Writes events of `level` and above, each a line of JSON with its newline. */
export function eventLogger(level: LogConfig['level'], to: { write(line: string): void }): EventLogger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, formatters, timestamp: pino.stdTimeFunctions.isoTime }, to);
}

/**
 * pino's destination on a descriptor; closing closes that too, but for the process's own stdout and stderr. Of what the
 * destination offers, its writing in the background is used. Not its memory, whose bound loses batches and not lines;
 * nor its patience, a tenth of a second for every full pipe; nor its reopen(), which after a failure closes a
 * descriptor number twice; nor its flush at the process's end, which never returns from a full disk.
 */
export function descriptorOutlet(fd: number): OpenOutlet {
  return told => {
    // With minLength 0 a flush would not take up again what has failed.
    const destination = pino.destination({ dest: fd, contentMode: 'buffer', minLength: 1, retryEAGAIN: () => false });
    // pino's listener makes the destination deaf and mute after an EPIPE.
    destination.removeAllListeners('error');
    let open = true;
    const whileOpen =
      <T extends readonly unknown[]>(tell: (...told: T) => void) =>
      (...what: T): void => {
        if (open) tell(...what);
      };
    destination.on('write', whileOpen(told.wrote));
    destination.on('drain', whileOpen(told.done));
    destination.on('error', whileOpen(told.failed));
    // What pino calls at the process's end.
    destination.flushSync = whileOpen(() => told.exiting(bytes => writeSync(fd, bytes)));
    return {
      // In this mode it takes bytes, though its type does not say so.
      write: batch => void destination.write(batch as unknown as string),
      retry: () => destination.flush(),
      close() {
        open = false;
        destination.destroy();
      },
    };
  };
}
