/** The discovery document of an issuer, as far as it says where the keys are (OpenID Connect Discovery 1.0 §3 and §4.3). */
import { isPlainOffLoopback, keyUrlFault, plainHttpHost } from '../../config/formats.ts';
import { isJsonObject, readJson } from '../tokens/strict-json.ts';

/** Which document, and what it must say. */
export interface DiscoverySource {
  readonly issuer: string;
  readonly url: string;
  /** The keys may come over plain http off loopback. */
  readonly dangerouslyAllowHttp: boolean;
}

/** Keys that vouch for users come over plain http only where the document did, and from this machine. */
function mayBeFetched(jwksUri: string, { url, dangerouslyAllowHttp }: DiscoverySource): boolean {
  if (dangerouslyAllowHttp || plainHttpHost(jwksUri) === null) return true;
  return plainHttpHost(url) !== null && !isPlainOffLoopback(jwksUri);
}

/** The slash at the end is what goes wrong most often. */
function slashHint(named: unknown, issuer: string): string {
  const isNear = typeof named === 'string' && (named === `${issuer}/` || issuer === `${named}/`);
  return isNear ? ', by the slash at the end of its url' : '';
}

/** Where the keys are, or why the document does not say so. Never shows a word of it. */
export function readDiscovery(
  bytes: Uint8Array,
  source: DiscoverySource,
): { readonly jwksUri: string } | { readonly fault: string } {
  const document = readJson(Buffer.from(bytes).toString('utf8'));
  if (!isJsonObject(document)) return { fault: 'discovery document is no JSON object' };
  const named = document['issuer'];
  if (named !== source.issuer)
    return { fault: `discovery document is of another issuer${slashHint(named, source.issuer)}` };
  const jwksUri = document['jwks_uri'];
  if (typeof jwksUri !== 'string' || keyUrlFault(jwksUri) !== null)
    return { fault: 'discovery document has no jwks_uri that is a URL' };
  return mayBeFetched(jwksUri, source) ? { jwksUri } : { fault: 'discovery document has a jwks_uri in plain http' };
}
