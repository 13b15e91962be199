/** The log and the audit trail; the only file that knows pino. */
import pino from 'pino';
import type { LogConfig } from '../config/config.ts';
import { type AuditRecord, auditLevel, auditMembers } from './audit.ts';
import { type LineFile, openLineFile } from './line-file.ts';
import { prettyLine } from './pretty.ts';
import { visibleText } from './visible-text.ts';

/** Facts beside an event's message; never a secret, nor anything of a request but its id. */
export type EventFacts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Where the process speaks. */
export interface LogStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** What the gate says to its operator. Nothing here throws or blocks. */
export interface Log {
  debug(message: string, facts?: EventFacts): void;
  info(message: string, facts?: EventFacts): void;
  warn(message: string, facts?: EventFacts): void;
  error(message: string, facts?: EventFacts): void;
  /** Writes one audit line, whatever `log.level` is. */
  audit(record: AuditRecord): void;
  /** Opens the audit file anew, after a rotation. */
  reopen(): Promise<void>;
  /** Resolves when all lines so far are out of our hands. */
  flush(): Promise<void>;
  /** Flushes and lets go of the audit file; the streams stay open. */
  close(): Promise<void>;
}

type WriteLine = (line: string) => void;

const longestText = 2000;

/** Events go to stdout; so does the audit trail, unless it has a file of its own. Rejects when that can not be opened. */
export async function openLog(config: LogConfig, streams: LogStreams): Promise<Log> {
  const { stdout, stderr } = streams;
  const report = (what: string, trouble: string): void => {
    stderr.write(`hubgate: ${what} ${visibleText(trouble, longestText)}\n`);
  };
  let stdoutHolds = true;
  const stdoutFailed = (error: Error): void => {
    if (stdoutHolds) report('the log', `can not be written: ${error.message}`);
    stdoutHolds = false;
  };
  stdout.on('error', stdoutFailed);

  const toStdout = writerTo(stdout, config.format);
  const file = config.audit.kind === 'file' ? await openAudit(config.audit.file, report) : null;
  const events = logger(config.level, null, toStdout);
  const audit = logger('info', { log: 'audit' }, file === null ? toStdout : line => file.write(line));
  const flush = async (): Promise<void> => {
    await file?.flush();
    await flushed(stdout);
  };
  return {
    ...speaker(events),
    audit: record => audit[auditLevel(record)](auditMembers(record)),
    reopen: async () => file?.reopen(),
    flush,
    close: async () => {
      await flush();
      await file?.close();
      stdout.off('error', stdoutFailed);
    },
  };
}

function writerTo(stream: NodeJS.WritableStream, format: LogConfig['format']): WriteLine {
  if (format === 'json') return line => void stream.write(line);
  return line => void stream.write(prettyLine(line));
}

function openAudit(path: string, report: (what: string, trouble: string) => void): Promise<LineFile> {
  return openLineFile(path, trouble => report(`log.audit ${path}`, trouble));
}

function logger(level: LogConfig['level'], base: { log: string } | null, write: WriteLine): pino.Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base, formatters, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}

function speaker(events: pino.Logger): Pick<Log, 'debug' | 'info' | 'warn' | 'error'> {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, facts: EventFacts = {}): void =>
      events[level](visibleFacts(facts), visibleText(message, longestText));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function visibleFacts(facts: EventFacts): EventFacts {
  const visible = (value: EventFacts[string]): EventFacts[string] => {
    if (typeof value === 'string') return visibleText(value, longestText);
    return typeof value === 'object' ? value.map(text => visibleText(text, longestText)) : value;
  };
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, visible(value)]));
}

/** A stream calls back in order: when an empty write is done, so is all before it. A broken one has nothing to wait for. */
function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise(resolve => {
    if (!stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
