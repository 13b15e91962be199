/** Reserved names: every field that the gate alone may speak, compared folded (design 4.1). */
import { foldName } from '../../http/field.ts';

/** Fields that tell where a request came from; the gate writes one consistent set of them. */
const forwardingNames = [
  'forwarded',
  'forwarded-for',
  'x-forwarded',
  'x-real-ip',
  'x-scheme',
  'x-original-host',
  'client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip', // Akamai, Cloudflare
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'fly-client-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-envoy-external-address',
  'proxy-client-ip', // Oracle's plugins, with wl-proxy-
];
const forwardingPrefixes = ['x-forwarded-', 'x-original-forwarded-', 'wl-proxy-'];

/** What sign-in proxies and identity-aware balancers write; a hub or an application may believe any of them. */
const ssoPrefixes = [
  'x-auth-request-', // oauth2-proxy
  'x-authentik-',
  'x-pomerium-',
  'x-amzn-oidc-', // AWS ALB
  'x-goog-iap-',
  'x-goog-authenticated-user-',
  'cf-access-', // Cloudflare Access
  'oidc-', // mod_auth_openidc
  'shib-', // Shibboleth, beside Remote-User
  'x-vouch-',
  'x-webauth-',
  'x-ms-client-principal', // Azure App Service
  'x-ms-token-',
  'tailscale-user-',
  'x-apisix-',
  'x-jwt-',
  'x-authenticated-', // Kong
  'x-consumer-', // Kong
  'x-credential-', // Kong
  'kubeflow-',
];
const ssoNames = ['x-userinfo', 'x-id-token', 'x-access-token', 'x-anonymous-consumer'];

/** Names and families that no policy may let a client speak, whatever preset is in force. */
const alwaysNames = [
  'mount',
  'username', // jhub_remote_login 0.2.119
  'token', // jhub_remote_login 0.2.119
  'proxy', // HTTPoxy: CGI reads it as HTTP_PROXY
];
const alwaysPrefixes = ['remote-', 'x-remote-', 'x-hubgate-'];

/** Compiled reserved names. */
export interface ReservedNames {
  /** Whether the gate alone may speak this folded name. */
  has(folded: string): boolean;
  /**
   * Whether a trusted proxy sends this lower-case name in the ordinary course of things, so that it is no spoof;
   * `asserting`: it is a sign-in proxy of the policy's.
   */
  expected(lowerName: string, asserting: boolean): boolean;
  /** Whether provers read this lower-case name: a sign-in proxy of the policy's asserts users with it, or it carries a token. */
  asserted(lowerName: string): boolean;
}

function matcher(names: Iterable<string>, prefixes: readonly string[]): (folded: string) => boolean {
  const exact = new Set(names);
  return folded => exact.has(folded) || prefixes.some(prefix => folded.startsWith(prefix));
}

const forwarding = matcher(forwardingNames, forwardingPrefixes);
const sso = matcher(ssoNames, ssoPrefixes);

/**
 * Compiles what is reserved: the closed tables, what the policy injects (`injected`, any spelling), the headers
 * that a sign-in proxy asserts (`asserted`, any spelling) and those in which any trusted proxy passes tokens on (`carriers`,
 * any spelling).
 */
export function compileReserved(
  injected: readonly string[],
  asserted: readonly string[],
  carriers: readonly string[] = [],
): ReservedNames {
  const own = matcher([...alwaysNames, ...injected.map(foldName)], alwaysPrefixes);
  const assertedNames = new Set(asserted.map(name => name.toLowerCase()));
  const carrierNames = new Set(carriers.map(name => name.toLowerCase()));
  const readFolded = new Set([...asserted, ...carriers].map(foldName));
  const reserved = (folded: string): boolean =>
    own(folded) || forwarding(folded) || sso(folded) || readFolded.has(folded);
  return {
    // A CGI-like server reads `HTTP_REMOTE_USER` and `Remote-User` out of one environment (RFC 3875 §4.1.18).
    has: folded => reserved(folded) || (folded.startsWith('http-') && reserved(folded.slice('http-'.length))),
    expected: (lowerName, asserting) => {
      if (carrierNames.has(lowerName)) return true;
      if (lowerName !== foldName(lowerName) && !assertedNames.has(lowerName)) return false;
      if (asserting && (assertedNames.has(lowerName) || sso(lowerName))) return true;
      return forwarding(lowerName) && !own(lowerName);
    },
    asserted: lowerName => assertedNames.has(lowerName) || carrierNames.has(lowerName),
  };
}
