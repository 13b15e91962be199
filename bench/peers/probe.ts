/** Asks a program for its version, to learn whether it is there. */
import { spawnSync } from 'node:child_process';
import type { Command } from '../machine/programs.ts';

/** The first match of `pattern` in what the command writes; null when it can not be run. */
export function versionFrom([program, ...args]: Command, pattern: RegExp): string | null {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) return null;
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? null;
}
