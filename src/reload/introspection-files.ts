/** Introspection endpoints with the files that they name: the gate's secret, and who signs their certificates. */

import type { Path } from '../config/problems.ts';
import type { Parts, ReadableConfig } from '../config/readable.ts';
import type { IntrospectionConfig } from '../config/sections/introspection.ts';
import { clientAuthorization, type IntrospectionEndpoint } from '../identity/tokens/introspection.ts';
import { introspectionEntry } from '../policy/tokens.ts';
import { readClientSecret } from './named-files.ts';
import { openSigners, type TlsFinding } from './tls-files.ts';

/** Endpoints that can be asked, and what is wrong with the files of others. */
export interface EndpointsOpening {
  readonly endpoints: readonly IntrospectionEndpoint[];
  readonly faults: readonly TlsFinding[];
  readonly warnings: readonly TlsFinding[];
}

function isWhole(entry: Parts<IntrospectionConfig>): entry is IntrospectionConfig {
  return entry.url !== undefined && entry.clientId !== undefined && entry.timeoutMs !== undefined;
}

/** Reads all of them; `now` in milliseconds is what certificates are compared to. */
export async function openEndpoints(
  { introspection = [] }: ReadableConfig,
  absolute: (file: string) => string,
  now: number,
): Promise<EndpointsOpening> {
  const endpoints: IntrospectionEndpoint[] = [];
  const faults: TlsFinding[] = [];
  const warnings: TlsFinding[] = [];
  for (const [index, entry] of introspection.entries()) {
    const at: Path = ['introspection', index];
    const { clientSecretFile, caFile } = entry;
    const shown = clientSecretFile && (await readClientSecret(absolute(clientSecretFile), [...at, 'clientSecretFile']));
    const signers = await openSigners(caFile ?? null, [...at, 'caFile'], absolute, now);
    faults.push(...signers.faults);
    warnings.push(...signers.warnings);
    if (!shown) continue;
    if ('message' in shown) faults.push(shown);
    else if (isWhole(entry)) {
      const { url, clientId, timeoutMs, cacheForMs } = entry;
      const authorization = clientAuthorization(clientId, shown.secret);
      endpoints.push({ entry: introspectionEntry(index), url, authorization, ca: signers.ca, timeoutMs, cacheForMs });
    }
  }
  return { endpoints, faults, warnings };
}

/** Every file that `openEndpoints` reads, as the config writes it. */
export function introspectionFilesNamed({ introspection = [] }: ReadableConfig): string[] {
  return introspection
    .flatMap(({ clientSecretFile, caFile }) => [clientSecretFile, caFile])
    .filter(file => typeof file === 'string');
}
