/** Files that a config names, tried before anything is opened: each that can not be used is a problem at its key. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogConfig } from '../config/config.ts';
import { readRegularFile } from '../config/regular-file.ts';

/** What can be said of a file, at its key. */
export interface FileFault {
  readonly path: readonly string[];
  readonly message: string;
}

const mostTokenBytes = 64 * 1024;

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : 'unknown fault');

/** The token that admin asks for; `undefined` where there is none. */
export async function readAdminToken(
  tokenFile: string | null,
): Promise<{ readonly token: string | undefined } | FileFault> {
  if (tokenFile === null) return { token: undefined };
  const path = ['admin', 'tokenFile'];
  const read = await readRegularFile(tokenFile, mostTokenBytes);
  if ('fault' in read) return { path, message: `"${tokenFile}" ${read.fault}, expected a file with a token` };
  const token = Buffer.from(read).toString('utf8').trim();
  return token === '' ? { path, message: 'is empty, expected a file with a token' } : { token };
}

function faultOfAudit(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return 'is a directory, expected a file in it';
  accessSync(found === undefined ? `${dirname(file)}/.` : file, constants.W_OK);
  return null;
}

/** Whether audit lines can be appended; the file itself is made when the gate starts. */
export function auditFault(audit: LogConfig['audit']): FileFault | null {
  if (audit.kind === 'stdout') return null;
  const path = ['log', 'audit'];
  try {
    const message = faultOfAudit(audit.file);
    return message === null ? null : { path, message };
  } catch (error) {
    const expected = 'expected a file in a directory that is there and that the gate may write to';
    return { path, message: `"${audit.file}" can not be written (${codeOf(error)}), ${expected}` };
  }
}
