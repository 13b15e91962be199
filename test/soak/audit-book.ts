/** The gate's audit file, rotated and read: one line for each request, none that tells of a bug. */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import type { Ledger } from './ledger.ts';

type Line = { readonly requestId?: string; readonly reason?: string; readonly level?: string };

function readLines(path: string): Line[] {
  const text = readFileSync(path, 'utf8').trimEnd();
  return text === '' ? [] : text.split('\n').map(line => JSON.parse(line) as Line);
}

/** Takes the file away from a gate that writes nothing just now, looks through it and counts. */
export function closeAuditFile(path: string, ledger: Ledger): void {
  const rotated = `${path}.read`;
  renameSync(path, rotated);
  const lines = readLines(rotated);
  rmSync(rotated);
  const ids = new Set(lines.map(({ requestId }) => requestId));
  ledger.count('audit lines', lines.length);
  ledger.expect(ids.size === lines.length, `${lines.length} audit lines have ${ids.size} request ids`);
  const bugs = lines.filter(({ reason }) => reason === 'internal-error');
  ledger.expect(bugs.length === 0, `an internal error: ${JSON.stringify(bugs[0])}`);
}
