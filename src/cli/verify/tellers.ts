/** What each check looked at, and what the config says to it. Nothing of a signature, or of an opaque token. */
import { formatPath } from '../../config/problems.ts';
import type { Introspected } from '../../gate/lookups.ts';
import type { Binding } from '../../gate/proof.ts';
import type { CompactToken } from '../../identity/tokens/compact-token.ts';
import type { JsonObject, JsonValue } from '../../identity/tokens/strict-json.ts';
import type { Told } from '../explain/facts/told.ts';
import { ruleText } from '../explain/report.ts';
import { readableTime } from '../readable-time.ts';
import type { Check } from './checks.ts';

/** What checks say, by check; a check that is not there has nothing to say. */
export type Tellers = Partial<Record<Check, () => string>>;

const quoted = (value: JsonValue | undefined): string => (value === undefined ? 'absent' : JSON.stringify(value));

function timeText(claims: JsonObject, now: number): string {
  const dates = ['iat', 'nbf', 'exp'].flatMap(name => {
    const value = claims[name];
    return typeof value === 'number' ? [`${name} ${readableTime(value * 1000, now)}`] : [];
  });
  return dates.join(', ');
}

function userText({ journey }: Told): string {
  const { authenticated, mapped } = journey.passage;
  const proved = authenticated?.proofs[0]?.username;
  const identity = mapped?.identity;
  if (proved === undefined) return '';
  return identity === undefined
    ? JSON.stringify(proved)
    : `${JSON.stringify(proved)} is ${JSON.stringify(identity.user)}, and ${JSON.stringify(identity.hubUser)} to the hub`;
}

function keyText({ header }: CompactToken, { keys }: Told, entry: number): string {
  const status = keys[entry];
  const asked = `kid ${quoted(header['kid'])}`;
  if (status === undefined) return asked;
  const fault = status.error === undefined ? '' : `; last fault: ${status.error}`;
  return `${asked}, of ${status.keys} usable ${status.keys === 1 ? 'key' : 'keys'}${fault}`;
}

function issuerText({ config, placeOf }: Told, entry: number): string {
  if (entry !== -1) return ruleText(placeOf(['jwt', entry]));
  const issuers = config.jwt.map(({ issuer }) => (issuer.kind === 'url' ? issuer.url : 'tokens without iss'));
  return issuers.length === 0 ? 'the config has no jwt entry' : `the config has ${issuers.join(', ')}`;
}

function holderText(claims: JsonObject, binding: Binding | undefined): string {
  if (binding === undefined)
    return `cnf ${'cnf' in claims ? 'binds the token to what the gate can not check' : 'absent'}`;
  return `cnf binds the token to ${boundTo(binding)}`;
}

/** What a token is bound to; the thumbprint of a public key or a certificate is no secret. */
export function boundTo({ by, thumbprint }: Binding): string {
  return by === 'certificate'
    ? `the client certificate with the SHA-256 thumbprint ${thumbprint} (x5t#S256)`
    : `the key with the thumbprint ${thumbprint} (jkt)`;
}

const audienceText = (claims: JsonObject, audiences: readonly string[] | undefined): string =>
  `aud ${quoted(claims['aud'])}; expected: ${audiences?.join(', ') || 'any'}`;

/** Of a signed token. */
export function signedTellers(token: CompactToken, told: Told, entry: number, binding: Binding | undefined): Tellers {
  const { header, claims } = token;
  const rules = told.config.jwt[entry];
  return {
    issuer: () => `iss ${quoted(claims['iss'] ?? header['iss'])}; ${issuerText(told, entry)}`,
    header: () =>
      `alg ${quoted(header['alg'])}, typ ${quoted(header['typ'])}; allowed: ${rules?.algorithms.join(', ')}`,
    holder: () => holderText(claims, binding),
    audience: () => audienceText(claims, rules?.audiences),
    time: () => timeText(claims, told.now),
    key: () => keyText(token, told, entry),
    user: () => userText(told),
  };
}

/** Of an opaque token, by what an endpoint said of it. */
export function opaqueTellers(answer: Introspected['answer'], told: Told): Tellers {
  if (answer === undefined)
    return { answer: () => 'active at none of the endpoints, so that it could only be a token of the hub' };
  const claims = answer.claims as JsonObject;
  const rules = told.config.introspection[answer.entry];
  return {
    answer: () =>
      `active at ${formatPath(['introspection', answer.entry])}, believed until ${readableTime(answer.until, told.now)}`,
    kind: () => `token_type ${quoted(claims['token_type'])}, cnf ${'cnf' in claims ? 'present' : 'absent'}`,
    issuer: () => `iss ${quoted(claims['iss'])}; expected: ${rules?.issuer ?? 'any'}`,
    audience: () => audienceText(claims, rules?.audiences),
    time: () => timeText(claims, told.now),
    user: () => userText(told),
  };
}
