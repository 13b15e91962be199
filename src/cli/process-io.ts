/** What a command needs of the process it runs in, so that a test can hand it another. */

/** Signals that a running gate listens to. */
export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** The part of `process` that commands use. */
export interface ProcessIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Absent: there is nothing to read. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly pid: number;
  kill(pid: number, signal: Signal): unknown;
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}
