/** Stage 1: lets in only whom the policy trusts, and works out the client address from the right of the chain. */
import type { IpAddress } from '../http/address.ts';
import { valuesOf } from '../http/field.ts';
import { clientFromForwardedFor } from '../http/forwarded.ts';
import type { Policy, TrustRules } from './policy.ts';
import { type Refusal, refuse } from './reasons.ts';
import type { AcceptedRequest, InboundRequest, Peer } from './stages.ts';

function isTrusted(peer: Peer, trust: TrustRules): boolean {
  return peer.kind === 'unix' ? trust.unixPeers : trust.proxies.contains(peer.address);
}

/** Behind a Unix socket there is no address to start from, so the last element of the chain stands for it. */
function clientBehindSocket(values: readonly string[], trust: TrustRules): IpAddress | undefined {
  const nobody = { kind: 'ipv4', text: '0.0.0.0', bytes: [0, 0, 0, 0] } as const satisfies IpAddress;
  const { address } = clientFromForwardedFor(values, nobody, trust.proxies);
  return address === nobody ? undefined : address;
}

function clientOf(request: InboundRequest, trust: TrustRules): IpAddress | undefined {
  const { peer } = request;
  const values = trust.clientAddress === 'peer' ? [] : valuesOf(request.fields, 'x-forwarded-for');
  if (peer.kind === 'unix') return clientBehindSocket(values, trust);
  return clientFromForwardedFor(values, peer.address, trust.proxies).address;
}

/** Refuses a peer that is not trusted, unless the policy lets outsiders in with a bearer token alone. */
export function trustPeer(request: InboundRequest, policy: Policy): AcceptedRequest | Refusal {
  const { peer } = request;
  const { trust } = policy;
  if (isTrusted(peer, trust)) {
    return { ...request, standing: 'proxy', client: clientOf(request, trust) } as AcceptedRequest;
  }
  if (trust.others === 'refuse' || peer.kind === 'unix') {
    return refuse('peer-untrusted', peer.kind === 'unix' ? 'Unix socket, and trust.unixPeers is false' : '');
  }
  return { ...request, standing: 'outside', client: peer.address } as AcceptedRequest;
}
