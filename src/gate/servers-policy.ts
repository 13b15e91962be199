/** What servers of users may: the policy of their own door, made of the browsers' (design 4.9). */
import { type AddressSet, addressSet, parseCidr } from '../http/address.ts';
import { derived } from '../http/derived.ts';
import type { Policy } from './policy.ts';

function everywhere(): AddressSet {
  const parsed = ['0.0.0.0/0', '::/0'].map(parseCidr);
  return addressSet(parsed.flatMap(one => (one.ok ? [one.cidr] : [])));
}

/** Every server asks for the hub's version first, without a token, and gets its own by OAuth with a secret in the body. */
const withoutToken: ReadonlySet<string> = new Set(['/hub/api', '/hub/api/', '/hub/api/oauth2/token']);

/**
 * Any peer may come, for what it is believed is its hub token alone: nobody is proved or handed over, nothing is injected, no cookie goes up, and of
 * the hub there is nothing but its API. So no request through this door can be a login.
 */
export const serversPolicy: (policy: Policy) => Policy = derived((policy: Policy) => ({
  ...policy,
  hosts: 'any',
  userHosts: null,
  places: { baseUrl: policy.places.baseUrl, publicExact: withoutToken, publicPrefixes: [], general: false },
  trust: {
    proxies: everywhere(),
    others: 'refuse',
    clientAddress: 'peer',
    unixPeers: true,
    signInProxies: addressSet([]),
  },
  provers: [],
  apiTokens: 'forward',
  exchange: false,
  injections: [],
  session: undefined,
  delivery: null,
  reach: 'hub-api',
}));
