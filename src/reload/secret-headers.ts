/** Names of headers that are secrets (design 4.9): read from their files before the config is compiled. */
import { assertedFault } from '../config/header-names.ts';
import type { Path } from '../config/problems.ts';
import type { ReadableConfig } from '../config/readable.ts';
import { readRegularFile } from '../config/regular-file.ts';
import type { SecretHeaders } from '../hub/injections.ts';
import { withoutLastNewline } from '../identity/keys/verifying-keys.ts';

/** What the files give, and what is wrong with them. */
export interface SecretHeadersOpening {
  readonly headers: SecretHeaders;
  readonly faults: readonly { readonly path: Path; readonly message: string }[];
}

const mostFileBytes = 1024;

/** Servers compare names without case and read `_` as `-`, so a letter or digit is 5 bits: 26 of them are 128, hex digits take 32. */
const leastCharacters = 32;
const mostCharacters = 128;
const plainName = /^[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$/;

/** A name that repeats itself is one that somebody can guess. */
const leastDifferent = 10;

function faultOf(name: string): string | null {
  if (!plainName.test(name)) return 'is not letters, digits and dashes on one line, beginning with a letter';
  const characters = name.toLowerCase().replace(/^x-/, '').replaceAll('-', '');
  if (characters.length < leastCharacters || name.length > mostCharacters)
    return `has not ${leastCharacters} letters and digits behind "X-", or more than ${mostCharacters} characters`;
  if (new Set(characters).size < leastDifferent) return 'can be guessed';
  return assertedFault(name);
}

async function readName(file: string): Promise<string | { readonly fault: string }> {
  const bytes = await readRegularFile(file, mostFileBytes);
  if ('fault' in bytes) return { fault: bytes.fault };
  const name = Buffer.from(withoutLastNewline(bytes)).toString('latin1');
  const fault = faultOf(name);
  return fault === null ? name : { fault };
}

/** Reads both. Never rejects, never shows a byte of a name. */
export async function openSecretHeaders(
  { inject }: ReadableConfig,
  absolute: (file: string) => string,
): Promise<SecretHeadersOpening> {
  const faults: SecretHeadersOpening['faults'][number][] = [];
  const read = async (part: 'user' | 'mount', file: string | null | undefined): Promise<string | null> => {
    if (!file) return null;
    const name = await readName(absolute(file));
    if (typeof name === 'string') return name;
    const message = `"${absolute(file)}" ${name.fault}, expected a secret header name such as openssl rand -hex 16 makes behind "X-"`;
    faults.push({ path: ['inject', part, 'headerFile'], message });
    return null;
  };
  const user = await read('user', inject?.user?.headerFile);
  const mount = await read('mount', inject?.mount?.headerFile);
  return { headers: { user, mount }, faults };
}

/** Every file that `openSecretHeaders` reads, as the config writes it. */
export function secretHeaderFilesNamed({ inject }: ReadableConfig): string[] {
  return [inject?.user?.headerFile, inject?.mount?.headerFile].filter(file => typeof file === 'string');
}
