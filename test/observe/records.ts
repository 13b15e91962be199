/** Records to write, and streams to write to. */
import { PassThrough } from 'node:stream';
import type { LogConfig } from '../../src/config/sections/log.ts';
import { refuse } from '../../src/gate/reasons.ts';
import type { AuditRecord } from '../../src/observe/audit.ts';

/** A request that was forwarded. */
export const record: AuditRecord = {
  ...{ requestId: 'r1', door: 'http', client: '203.0.113.7', peer: '10.0.0.1', method: 'GET', placeClass: 'hub' },
  ...{ user: 'alice', prover: 'jwt[0]', carrier: 'cookie', decision: 'forward' },
  ...{ refusal: undefined, status: 302, complete: true },
  ...{ bytesUp: 0, bytesDown: 12, durationMs: 1.23456, spoofed: [] },
};

/** One that was refused. */
export const refused: AuditRecord = {
  ...record,
  ...{ user: undefined, decision: 'refuse', refusal: refuse('token-signature', 'jwt[0]'), status: 401 },
};

/** Everything to stdout as JSON. */
export const toStdout: LogConfig = { level: 'info', format: 'json', audit: { kind: 'stdout' } };

/** The audit trail to a file. */
export function toFile(file: string): LogConfig {
  return { ...toStdout, audit: { kind: 'file', file } };
}

/** Two streams and what was written to them so far. */
export type Heard = { stdout: PassThrough; stderr: PassThrough; said: () => string; complained: () => string };

/** Streams that take everything. */
export function streams(): Heard {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  return { stdout, stderr, said: collected(stdout), complained: collected(stderr) };
}

function collected(stream: PassThrough): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', chunk => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** Each line parsed; throws where one is not whole. */
export function linesOf(text: string): Record<string, unknown>[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error(`half a line: ${text.slice(-80)}`);
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line));
}
