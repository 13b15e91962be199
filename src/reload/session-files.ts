/** Keys of sessions that a config names. */
import type { KeyObject } from 'node:crypto';
import type { ReadableConfig } from '../config/readable.ts';
import { readRegularFile } from '../config/regular-file.ts';
import { readSessionKey, type SessionKeys } from '../identity/sessions/session-key.ts';
import type { FileFault } from './named-files.ts';

/** What the files give, and what is wrong with them. */
export interface SessionKeysOpening {
  readonly keys: SessionKeys;
  readonly faults: readonly FileFault[];
}

/** Reads all of them. */
export async function openSessionKeys(
  { session }: ReadableConfig,
  absolute: (file: string) => string,
): Promise<SessionKeysOpening> {
  const keys: KeyObject[] = [];
  const faults: FileFault[] = [];
  for (const [at, file] of (session?.keyFiles ?? []).entries()) {
    const read = await readSessionKey(absolute(file), readRegularFile);
    const path = ['session', 'keyFiles', at];
    if ('fault' in read) faults.push({ path, message: `"${absolute(file)}" ${read.fault}` });
    else keys.push(read);
  }
  return { keys, faults };
}

/** Every file that `openSessionKeys` reads, as the config writes it. */
export function sessionFilesNamed({ session }: ReadableConfig): readonly string[] {
  return session?.keyFiles ?? [];
}
