/** What a server makes of bytes, told the same way whoever read them. All text is latin1. */
import type { Line } from './strict-messages.ts';

/** One request as a server read it. */
export interface RequestRead {
  readonly method: string;
  readonly target: string;
  /** Names as the server shows them: some change their case, some keep those of the hop to themselves. */
  readonly lines: readonly Line[];
  /** Without its framing. */
  readonly body: string;
}

/** All that one connection's bytes were read as. */
export interface Reading {
  /** Whole requests, in order. */
  readonly requests: readonly RequestRead[];
  /** Why it would read no further; null where it refused nothing. */
  readonly refused: string | null;
}

/** A server whose reading of bytes can be had. */
export interface Oracle {
  readonly name: OracleName;
  /** Each text is all that one client sends before it half-closes. */
  read(batch: readonly string[]): Promise<Reading[]>;
}

/** The servers that are asked. */
export type OracleName = 'llhttp' | 'Tornado' | 'nginx' | 'hub stack';

/** Fields of the hop and of framing: not every server shows them to the application. */
const hidden: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** The lines that every server shows, in an order that every server keeps: by name, then as they came. */
export function comparable(lines: readonly Line[]): Line[] {
  return lines
    .map(([name, value]): Line => [name.toLowerCase(), value])
    .filter(([name]) => !hidden.has(name))
    .sort(([left], [right]) => (left < right ? -1 : Number(left > right)));
}

/** Names the first thing in which two readings of one request differ; null where they agree. */
export function differenceOf(wanted: RequestRead, found: RequestRead | undefined): string | null {
  if (found === undefined) return 'no request';
  if (wanted.method !== found.method) return 'method';
  if (wanted.target !== found.target) return 'target';
  if (wanted.body !== found.body) return 'body';
  return JSON.stringify(comparable(wanted.lines)) === JSON.stringify(comparable(found.lines)) ? null : 'field lines';
}
