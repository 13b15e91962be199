/** The token that a request shows, before anybody believes it, and the entry that it is held against. */
import { parseAuthorization } from '../../../http/authorization.ts';
import type { JsonValue } from '../../../identity/tokens/strict-json.ts';
import { bearerInAuthorization, carrierId, compileCarriers } from '../../../identity/tokens/token-carriers.ts';
import { readableTime } from '../../readable-time.ts';
import type { TokenEntry } from '../fired-rule.ts';
import { type MeantToken, meantToken, nearEntryOf } from './meant-token.ts';
import { type Fact, factsIf, type Told } from './told.ts';

interface ShownToken extends MeantToken {
  /** Names of its carriers; none in Authorization. */
  readonly asideIn: readonly string[];
}

/** The token in Authorization, else the one in the other carriers that the config names. */
function tokenShown({ journey, config }: Told): ShownToken | null {
  const { sanitised } = journey.passage;
  if (sanitised === undefined) return null;
  const parsed = sanitised.authorization === undefined ? null : parseAuthorization(sanitised.authorization);
  const usual = parsed === null ? null : meantToken(parsed.credentials, config);
  if (usual !== null) return { ...usual, asideIn: [] };
  const shown = compileCarriers(config.jwt.flatMap(({ carriers }) => carriers))?.(sanitised) ?? null;
  if (shown === null || 'reason' in shown) return null;
  const aside = meantToken(shown.token, config);
  return aside === null ? null : { ...aside, asideIn: shown.ids };
}

/** The entry that the request's token is held against; null where there is none. */
export function tokenEntryOf(told: Told): TokenEntry | null {
  for (const { finding } of told.journey.lookedUp)
    if ('what' in finding && finding.what === 'introspection' && finding.answer !== undefined)
      return { list: 'introspection', index: finding.answer.entry };
  const index = tokenShown(told)?.entry ?? -1;
  return index === -1 ? null : { list: 'jwt', index };
}

/** What its issuer's entry would have it be; none where it is that. */
function elsewhereFacts({ token, entry, asideIn }: ShownToken, { config, placeOf }: Told): Fact[] {
  const near = entry === -1 ? nearEntryOf(token.claims['iss'], config) : -1;
  if (near !== -1)
    return [{ name: 'the config has', value: 'the same but for the slash at the end', rule: placeOf(['jwt', near]) }];
  const ids = config.jwt[entry]?.carriers.map(carrierId) ?? [];
  if (asideIn.length > 0 || ids.includes(bearerInAuthorization)) return [];
  return factsIf(ids, value => ({ name: 'is taken only from', value, rule: placeOf(['jwt', entry, 'carriers']) }));
}

/** Of a token that is refused; what holds is told by its proof. */
export function refusedTokenFacts(told: Told): Fact[] {
  const { journey, now, placeOf } = told;
  const shown = journey.passage.authenticated === undefined ? tokenShown(told) : null;
  if (shown === null) return [];
  const { token, entry, asideIn } = shown;
  const { iss = token.header['iss'], exp } = token.claims as { readonly iss?: JsonValue; readonly exp?: JsonValue };
  const issuer = { name: 'token says it is of', value: typeof iss === 'string' ? iss : 'no issuer' };
  return [
    ...factsIf(asideIn, value => ({ name: 'token stands in', value })),
    entry === -1 ? issuer : { ...issuer, rule: placeOf(['jwt', entry]) },
    ...elsewhereFacts(shown, told),
    ...(typeof exp === 'number' ? [{ name: 'token says it holds until', value: readableTime(exp * 1000, now) }] : []),
  ];
}
