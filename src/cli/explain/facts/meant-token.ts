/** What a token means under the entry of `jwt` that it is held against, before anybody believes it. */
import type { Config } from '../../../config/config.ts';
import { balancerToken, issuerInHeader } from '../../../identity/tokens/balancer-token.ts';
import { type CompactToken, readCompactToken, readPaddedToken } from '../../../identity/tokens/compact-token.ts';
import type { JsonValue } from '../../../identity/tokens/strict-json.ts';

/** A token, and its entry; -1 where there is none. */
export interface MeantToken {
  readonly token: CompactToken;
  readonly entry: number;
}

/** The place of the issuer's entry in `jwt`; -1 where there is none. `issuer` is '' for tokens without `iss`. */
export function entryOf(issuer: string, { jwt }: Config): number {
  return jwt.findIndex(entry => (entry.issuer.kind === 'url' ? entry.issuer.url : '') === issuer);
}

/** The entry whose issuer is another only by the slash at the end, which goes wrong most often; -1 where there is none. */
export function nearEntryOf(iss: JsonValue | undefined, { jwt }: Config): number {
  if (typeof iss !== 'string') return -1;
  const bare = (url: string): string => url.replace(/\/$/, '');
  return jwt.findIndex(({ issuer }) => issuer.kind === 'url' && issuer.url !== iss && bare(issuer.url) === bare(iss));
}

/** A load balancer may name the issuer in the header alone. */
function entryOfToken({ header, claims }: CompactToken, config: Config): number {
  const iss = 'iss' in claims ? claims['iss'] : '';
  const aside = iss === '' ? issuerInHeader(header) : undefined;
  const named = typeof aside === 'string' ? entryOf(aside, config) : -1;
  if (config.jwt[named]?.keys.kind === 'alb') return named;
  return typeof iss === 'string' ? entryOf(iss, config) : -1;
}

/** Padding is a load balancer's alone. Null for what is no token of the entry's. */
export function meantToken(text: string, config: Config): MeantToken | null {
  const strict = readCompactToken(text);
  const token = strict ?? readPaddedToken(text);
  if (token === null) return null;
  const entry = entryOfToken(token, config);
  const keys = config.jwt[entry]?.keys;
  if (keys?.kind !== 'alb') return strict === null ? null : { token, entry };
  const meant = balancerToken(token, keys.signer);
  return { token: 'reason' in meant ? token : meant, entry };
}
