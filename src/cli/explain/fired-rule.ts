/** Which part of the config refused a request: the path of its key. */
import type { Config } from '../../config/config.ts';
import type { Path } from '../../config/problems.ts';
import type { ReasonId, Refusal } from '../../gate/reasons.ts';

/** Keys that refusals name in their own words: `over hub.headerBudget`, `user.deny.users`. */
const namedKey = /\b(?:limits|user|trust|hub|inject|webSocket|listen)(?:\.[A-Za-z]+)+/;

const keysOfReasons: ReadonlyMap<ReasonId, Path> = new Map<ReasonId, Path>([
  ['peer-untrusted', ['trust', 'proxies']],
  ['header-spoofed', ['inject', 'onSpoof']],
  ['host-unknown', ['publicUrl']],
  ['origin-refused', ['webSocket', 'origins']],
  ['endpoint-refused', ['hub', 'authenticator']],
  ['target-too-long', ['limits', 'targetBytes']],
  ['body-too-large', ['limits', 'bodyBytes']],
  ['hub-token-refused', ['hub', 'apiTokens']],
  ['user-invalid', ['user']],
  ['user-ambiguous', ['user', 'map']],
  ['user-mismatch', ['hub', 'authenticator']],
  ['not-allowed', ['user', 'allow']],
  ['token-revoked', ['revocation', 'file']],
]);

/** Below the entry of `jwt` or `introspection` whose token it is. */
const keysOfTokens: ReadonlyMap<ReasonId, Path> = new Map<ReasonId, Path>([
  ['token-algorithm', ['algorithms']],
  ['token-audience', ['issuer', 'audiences']],
  ['token-type', ['type']],
  ['token-expired', ['clockTolerance']],
  ['token-not-yet-valid', ['clockTolerance']],
  ['token-key-unknown', ['keys']],
  ['token-key-awaited', ['keys']],
  ['token-signature', ['keys']],
  ['keys-unavailable', ['keys']],
  ['claim-invalid', ['claimMappings']],
  ['introspection-unavailable', []],
]);

/** Rules and mappings that are expressions say their own place: `claimValidationRules[1] is not true`. */
const placeOfExpression = /^(?:claimValidationRules|userValidationRules|claimMappings)[\w.[\]]*/;

function expressionKey({ detail, inAudit = detail }: Refusal): Path | null {
  const place = placeOfExpression.exec(inAudit)?.[0];
  return place?.match(/\w+/g)?.map(step => (/^\d+$/.test(step) ? Number(step) : step)) ?? null;
}

/** The entry that a token is held against. */
export interface TokenEntry {
  readonly list: 'jwt' | 'introspection';
  readonly index: number;
}

const entryInAudit = /^introspection\[(\d+)\]$/;

/** The endpoint that the refusal names, for what is told of it in the audit line. */
function namedEntry({ inAudit = '' }: Refusal): TokenEntry | null {
  const [, index] = entryInAudit.exec(inAudit) ?? [];
  return index === undefined ? null : { list: 'introspection', index: Number(index) };
}

/** Where the claim that the refusal speaks of is asked for. */
function claimKey(config: Config, { list, index }: TokenEntry, { detail }: Refusal): Path {
  const rules = config[list][index]?.claimValidationRules ?? [];
  const broken = rules.findIndex(rule => 'claim' in rule && detail === `claim ${rule.claim} has not its requiredValue`);
  return broken === -1 ? ['claimMappings'] : ['claimValidationRules', broken];
}

/** Of a load balancer's token the signer is looked at as well. */
function tokenKey(config: Config, entry: TokenEntry, refusal: Refusal, usual: Path): Path {
  if (refusal.reason === 'claim-invalid') return claimKey(config, entry, refusal);
  return refusal.detail === 'signer' ? ['keys', 'alb', 'signer'] : usual;
}

function dataKey(config: Config, { detail, inAudit = detail }: Refusal): Path {
  const at = config.inject.data.find(({ header }) => inAudit.includes(` ${header} `));
  return at === undefined ? ['inject', 'mount'] : ['inject', 'data', at.header];
}

/** The entry of `sso` that the audit line names asks for a second factor. */
function factorKey({ sso }: Config, inAudit: string): Path {
  const entry = sso.findIndex(({ name }) => inAudit.startsWith(`sso "${name}": `));
  return entry === -1 ? ['sso'] : ['sso', entry, 'require'];
}

/** The key; null where no key asks for what was missed. `entry` is the token's, null where there is none. */
export function firedKey(refusal: Refusal, config: Config, shown: TokenEntry | null): Path | null {
  const { reason, detail, inAudit = '' } = refusal;
  if (reason === 'assertion-unproved') return factorKey(config, inAudit);
  const entry = namedEntry(refusal) ?? shown;
  const placed = entry === null ? null : expressionKey(refusal);
  if (entry !== null && placed !== null) return [entry.list, entry.index, ...placed];
  const named = namedKey.exec(`${inAudit} ${detail}`)?.[0];
  if (named !== undefined) return named.split('.');
  if (reason === 'token-issuer')
    return entry?.list === 'introspection' ? [entry.list, entry.index, 'issuer', 'url'] : ['jwt'];
  if (reason === 'data-invalid' || reason === 'data-unavailable') return dataKey(config, refusal);
  const ofToken = keysOfTokens.get(reason);
  if (ofToken === undefined) return keysOfReasons.get(reason) ?? null;
  if (entry === null) return null;
  return [entry.list, entry.index, ...tokenKey(config, entry, refusal, ofToken)];
}
