/** Providers of mount and data with the files that they name: the gate's token, and who signs their certificates. */
import type { Config } from '../config/config.ts';
import type { Path } from '../config/problems.ts';
import type { ReadableConfig } from '../config/readable.ts';
import type { ProviderConfig } from '../config/sections/sources.ts';
import type { Refusal } from '../gate/reasons.ts';
import { isRefusal } from '../gate/reasons.ts';
import { readMount } from '../hub/mount.ts';
import type { UserProvider } from '../identity/sources/user-provider.ts';
import type { JsonValue } from '../identity/tokens/strict-json.ts';
import { readClientSecret } from './named-files.ts';
import { openSigners, type TlsFinding } from './tls-files.ts';

/** Providers that can be asked, and what is wrong with the files of others. */
export interface ProvidersOpening {
  readonly providers: readonly UserProvider[];
  readonly faults: readonly TlsFinding[];
  readonly warnings: readonly TlsFinding[];
}

/** A provider as the config writes it, and where. */
interface Written extends Pick<UserProvider, 'header' | 'expires' | 'check'> {
  readonly from: ProviderConfig;
  readonly path: Path;
}

const anything = (): null => null;

/** Data may be whatever JSON can say; a mount has a form. */
function mountCheck(keys: readonly string[]): (answer: JsonValue) => Refusal | null {
  return answer => {
    const mount = readMount(answer, keys);
    return isRefusal(mount) ? mount : null;
  };
}

function written(inject: Config['inject'] | undefined): Written[] {
  const { mount = null, data = [] } = inject ?? {};
  const ofData = data.flatMap(({ header, from }): Written[] =>
    from.kind === 'url' ? [{ header, from, path: ['inject', 'data', header], expires: false, check: anything }] : [],
  );
  if (mount === null || mount.from.kind !== 'url') return ofData;
  const { header, from, keys } = mount;
  return [{ header, from, path: ['inject', 'mount', 'from'], expires: true, check: mountCheck(keys) }, ...ofData];
}

/** RFC 6750 §2.1. */
const bearerToken = /^[A-Za-z0-9._~+/-]+=*$/;

/** The Authorization value; null where no token is named. */
async function authorizationOf(
  file: string | null,
  path: Path,
): Promise<{ readonly authorization: string | null } | TlsFinding> {
  if (file === null) return { authorization: null };
  const read = await readClientSecret(file, path);
  if ('message' in read) return read;
  return bearerToken.test(read.secret)
    ? { authorization: `Bearer ${read.secret}` }
    : { path, message: `"${file}" holds no bearer token, expected letters, digits and -._~+/ alone` };
}

/** Reads all of them; `now` in milliseconds is what certificates are compared to. */
export async function openProviders(
  { inject }: ReadableConfig,
  absolute: (file: string) => string,
  now: number,
): Promise<ProvidersOpening> {
  const providers: UserProvider[] = [];
  const faults: TlsFinding[] = [];
  const warnings: TlsFinding[] = [];
  for (const { from, path, ...rest } of written(inject)) {
    const { url, tokenFile, caFile, timeoutMs, cacheForMs } = from;
    const shown = await authorizationOf(tokenFile && absolute(tokenFile), [...path, 'tokenFile']);
    const signers = await openSigners(caFile, [...path, 'caFile'], absolute, now);
    faults.push(...signers.faults, ...('message' in shown ? [shown] : []));
    warnings.push(...signers.warnings);
    if ('authorization' in shown) providers.push({ ...rest, ...shown, url, ca: signers.ca, timeoutMs, cacheForMs });
  }
  return { providers, faults, warnings };
}

/** Every file that `openProviders` reads, as the config writes it. */
export function providerFilesNamed({ inject }: ReadableConfig): string[] {
  return written(inject)
    .flatMap(({ from }) => [from.tokenFile, from.caFile])
    .filter(file => file !== null);
}
