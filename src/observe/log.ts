/** The log and the audit trail: what is said, and where it goes. */
import type { LogConfig } from '../config/sections/log.ts';
import { visibleText } from '../http/visible-text.ts';
import { type AuditRecord, auditLine } from './audit.ts';
import { openAuditFile } from './audit-file.ts';
import { type Events, speaker } from './events.ts';
import { LineSink } from './line-sink.ts';
import { type OpenOutlet, streamOutlet } from './outlet.ts';
import { descriptorOutlet, eventLogger } from './pino.ts';
import { prettyLine } from './pretty.ts';

/** Where the process speaks. */
export interface LogStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** What the gate says to its operator. Nothing here throws or blocks. */
export interface Log extends Events {
  /** Writes one audit line, whatever `log.level` is. */
  audit(record: AuditRecord): void;
  /** Opens the audit file anew, after a rotation. */
  reopen(): Promise<void>;
  /** Resolves when all lines so far are out of our hands, or can not be written. */
  flush(): Promise<void>;
  /** Flushes and lets go of the audit file; the streams stay open. */
  close(): Promise<void>;
}

const longestText = 2000;

/** Events go to stdout; so does the audit trail, unless it has a file of its own. Rejects when that can not be opened. */
export async function openLog(config: LogConfig, streams: LogStreams): Promise<Log> {
  const complain = complainer(streams.stderr);
  const stdout = new LineSink(stdoutOutlet(streams.stdout), {
    began: complain,
    ended: lostLines => events.warn('the log is written again', { lostLines }),
  });
  const toStdout =
    config.format === 'json' ? stdout : { write: (line: string): void => stdout.write(prettyLine(line)) };
  const events = speaker(eventLogger(config.level, toStdout));
  const file = config.audit.kind === 'file' ? await openAuditFile(config.audit.file, events) : null;
  const audit = file ?? toStdout;
  const time = isoClock();
  return {
    ...events,
    audit: record => audit.write(auditLine(record, time())),
    reopen: async () => file?.reopen(),
    async flush() {
      await file?.flush();
      await stdout.flush();
    },
    async close() {
      await file?.close();
      const lost = await stdout.close();
      if (lost > 0) complain(`has lost ${lost} lines`);
    },
  };
}

/** Says on stderr, which may be gone as well, what can not be said in the log. */
function complainer(stderr: NodeJS.WritableStream): (fault: string) => void {
  stderr.on('error', () => undefined);
  return fault => void stderr.write(`hubgate: the log ${visibleText(fault, longestText)}\n`);
}

/** The process's own stdout is written past its stream, which holds everyone up when it is a file on a slow disk. */
function stdoutOutlet(stdout: NodeJS.WritableStream): OpenOutlet {
  return 'fd' in stdout && stdout.fd === 1 ? descriptorOutlet(stdout.fd) : streamOutlet(stdout);
}

/** The time of day, ISO 8601, made once for each millisecond. */
function isoClock(): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) text = new Date(now).toISOString();
    at = now;
    return text;
  };
}
