/** Files that a config names, tried before anything is opened: each that can not be used is a problem at its key. */

import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Path } from '../config/problems.ts';
import { readRegularFile } from '../config/regular-file.ts';
import type { LogConfig } from '../config/sections/log.ts';
import { utf8TextOf } from '../http/utf8.ts';
import {
  mostRevocationBytes,
  type Revocations,
  readRevocations,
  unknownIssuers,
} from '../identity/tokens/revocations.ts';
import { revocableIssuers } from '../policy/tokens.ts';

/** What can be said of a file, at its key. */
export interface FileFault {
  readonly path: Path;
  readonly message: string;
}

const mostTokenBytes = 64 * 1024;

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : 'unknown fault');

/** The token that admin asks for, or that the hub asks of the gate; `undefined` where there is none. */
export async function readToken(
  part: 'admin' | 'hub',
  tokenFile: string | null,
): Promise<{ readonly token: string | undefined } | FileFault> {
  if (tokenFile === null) return { token: undefined };
  const path = [part, 'tokenFile'];
  const read = await readRegularFile(tokenFile, mostTokenBytes);
  if ('fault' in read) return { path, message: `"${tokenFile}" ${read.fault}, expected a file with a token` };
  const token = Buffer.from(read).toString('utf8').trim();
  if (token === '') return { path, message: 'is empty, expected a file with a token' };
  // A header that takes it to the hub could not carry other characters.
  if (part === 'hub' && !/^[!-~]+$/.test(token))
    return { path, message: `"${tokenFile}" is not visible ASCII on one line, expected a file with a token` };
  return { token };
}

/** A secret that a client shows: the file's text, less one newline at its end. */
export async function readClientSecret(file: string, path: Path): Promise<{ readonly secret: string } | FileFault> {
  const expected = 'expected a file with a secret of one line (UTF-8)';
  const read = await readRegularFile(file, mostTokenBytes);
  if ('fault' in read) return { path, message: `"${file}" ${read.fault}, ${expected}` };
  const secret = utf8TextOf(read)?.replace(/\r?\n$/, '');
  if (secret === undefined) return { path, message: `"${file}" is no UTF-8 text, ${expected}` };
  return /^[^\p{Cc}]+$/u.test(secret)
    ? { secret }
    : { path, message: `"${file}" is empty or no one line, ${expected}` };
}

/** The revocation list; without a file it is empty. */
export async function readRevocationFile(
  file: string | null,
): Promise<{ readonly list: Revocations; readonly faults: readonly FileFault[] }> {
  const none: Revocations = new Map();
  if (file === null) return { list: none, faults: [] };
  const path = ['revocation', 'file'];
  const faultsOf = (messages: readonly string[]): FileFault[] =>
    messages.map(message => ({ path, message: `"${file}" ${message}` }));
  const read = await readRegularFile(file, mostRevocationBytes);
  if ('fault' in read)
    return { list: none, faults: faultsOf([`${read.fault}, expected a file with a revocation list`]) };
  const reading = readRevocations(read);
  return 'list' in reading ? { ...reading, faults: [] } : { list: none, faults: faultsOf(reading.faults) };
}

/** Nothing comes of a line whose issuer the config does not know: that is a slip, or the issuer is gone. */
export function unknownRevoked(list: Revocations, config: Pick<Config, 'jwt' | 'introspection'>): FileFault[] {
  const unknown = unknownIssuers(list, revocableIssuers(config)).length;
  if (unknown === 0) return [];
  const message = `names ${unknown} issuers that no entry of jwt or introspection has, expected the url of one, - or *`;
  return [{ path: ['revocation', 'file'], message }];
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
