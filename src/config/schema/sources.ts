/** Sources of mount and data, by the key that names each: exactly one is written, and what belongs to a provider stands with `url`. */

import type { Expression } from '../../expression/compile.ts';
import { normalTemplate, userPlace } from '../../http/user-url.ts';
import { filePath, keyUrlFault } from '../formats.ts';
import type { ClaimSource, ProviderConfig, UserSource } from '../sections/sources.ts';
import { type Fields, flag, keyOrNull, type Report, type Shape, shaped, text } from '../shape.ts';
import { duration } from '../units.ts';
import { expressionShape } from './expressions.ts';
import { checkEncrypted } from './keys.ts';

/** Without `{user}` every user would get one and the same. */
function placeFault(template: string): string | null {
  if (!template.includes(userPlace)) return `has no ${userPlace}`;
  return /[{}]/.test(template.replaceAll(userPlace, '')) ? `has braces other than ${userPlace}` : null;
}

const userFile = text('a path such as /run/mounts/{user}.json', written =>
  written.includes('\0') ? 'has a NUL' : placeFault(written),
);

function urlFault(written: string): string | null {
  const fault = placeFault(written) ?? keyUrlFault(written.replaceAll(userPlace, 'user'));
  if (fault !== null) return fault;
  return normalTemplate(written) === null ? `has ${userPlace} elsewhere than in its path or query` : null;
}

const userUrl: Shape<string> = shaped(
  text('an https URL such as https://mounts.example.org/{user}', urlFault),
  written => normalTemplate(written) ?? written,
);

/** Keys that only stand with `url`; null: not written. */
const providerFields = {
  tokenFile: keyOrNull("File with the provider's bearer token, of one line", filePath()),
  caFile: keyOrNull("Who signs the provider's certificate (PEM)", filePath()),
  dangerouslyAllowHttp: keyOrNull('url may be plain http off loopback (false)', flag()),
  timeout: keyOrNull('How long an answer may take (2s)', duration('100ms', '1m')),
  cacheFor: keyOrNull('How long an answer is kept at most (0s: not at all)', duration('0s', '1h')),
} satisfies Fields;

/** What was written of one source; `null`: not that key. */
export interface WrittenSource {
  readonly claim: string | null;
  readonly expression: Expression | null;
  readonly file: string | null;
  readonly url: string | null;
  readonly tokenFile: string | null;
  readonly caFile: string | null;
  readonly dangerouslyAllowHttp: boolean | null;
  readonly timeout: number | null;
  readonly cacheFor: number | null;
}

/** Keys of every source but a header; `use` is what an expression is for. */
export function sourceFields(use: 'mount' | 'data'): { readonly [K in keyof WrittenSource]: Shape<WrittenSource[K]> } {
  const what = use === 'mount' ? 'mount' : 'value';
  return {
    claim: keyOrNull('A claim of the token', text("a claim's name")),
    expression: keyOrNull(`An expression on claims and user that gives the ${what}`, expressionShape(use)),
    file: keyOrNull('A file per user, in JSON', userFile),
    url: keyOrNull('An HTTP provider; https, or http to a loopback address', userUrl),
    ...providerFields,
  };
}

const otherSources = ['claim', 'expression', 'file', 'header'] as const;

function providerOf(url: string, written: WrittenSource): ProviderConfig {
  const { tokenFile, caFile, timeout, cacheFor } = written;
  return { url, tokenFile, caFile, timeoutMs: timeout ?? 2000, cacheForMs: cacheFor ?? 0 };
}

/** The sources that are written, but for a header; reports what stands with none of its own. */
export function writtenSources(
  written: WrittenSource & { readonly header?: string | null },
  report: Report,
): (ClaimSource | UserSource)[] {
  const { claim, expression, file, url } = written;
  const other = otherSources.find(name => (written[name] ?? null) !== null);
  // Without any source that is what there is to say.
  for (const name of Object.keys(providerFields) as (keyof typeof providerFields)[])
    if (url === null && other !== undefined && written[name] !== null)
      report(`stands beside ${other}, expected it with url`, name);
  if (url !== null && written.dangerouslyAllowHttp !== true) checkEncrypted(url, 'url', report);
  return [
    ...(claim === null ? [] : [{ kind: 'claim' as const, claim }]),
    ...(expression === null ? [] : [{ kind: 'expression' as const, expression }]),
    ...(file === null ? [] : [{ kind: 'file' as const, file }]),
    ...(url === null ? [] : [{ kind: 'url' as const, ...providerOf(url, written) }]),
  ];
}

/** The one source; reports where it is not exactly one. */
export function onlyOne<Source>(sources: readonly Source[], expected: string, report: Report): Source {
  const [source, ...more] = sources;
  if (source === undefined || more.length > 0)
    report(`has ${source === undefined ? 'no source' : 'more than one source'}, expected ${expected}`);
  return source as Source;
}
