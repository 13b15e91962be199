/** Shared secrets that a config names: read before it is compiled. */
import type { Path } from '../config/problems.ts';
import type { ReadableConfig } from '../config/readable.ts';
import { readRegularFile } from '../config/regular-file.ts';
import { readSecretFile } from '../identity/assertions/secret-file.ts';
import type { SsoSecrets } from '../policy/sign-in.ts';

/** What the files give, and what is wrong with them. */
export interface SecretsOpening {
  readonly secrets: SsoSecrets;
  readonly faults: readonly { readonly path: Path; readonly message: string }[];
}

/** Reads all of them. */
export async function openSsoSecrets(
  { sso = [] }: ReadableConfig,
  absolute: (file: string) => string,
): Promise<SecretsOpening> {
  const secrets = new Map<number, Uint8Array[]>();
  const faults: SecretsOpening['faults'][number][] = [];
  for (const [entry, { require }] of sso.entries()) {
    const digests: Uint8Array[] = [];
    for (const [at, file] of (require?.sharedSecret?.files ?? []).entries()) {
      const read = await readSecretFile(absolute(file), readRegularFile);
      const path = ['sso', entry, 'require', 'sharedSecret', 'files', at];
      if ('fault' in read) faults.push({ path, message: `"${absolute(file)}" ${read.fault}` });
      else digests.push(read);
    }
    secrets.set(entry, digests);
  }
  return { secrets, faults };
}

/** Every file that `openSsoSecrets` reads, as the config writes it. */
export function secretFilesNamed({ sso = [] }: ReadableConfig): string[] {
  return sso.flatMap(({ require }) => require?.sharedSecret?.files ?? []);
}
