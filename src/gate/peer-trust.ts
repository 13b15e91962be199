/** Stage 1: lets in only whom the policy trusts, and works out the client address from the right of the chain. */
import type { IpAddress } from '../http/address.ts';
import { valuesOf } from '../http/field.ts';
import { clientFromForwarded, clientFromForwardedFor, type ForwardedWalk } from '../http/forwarded.ts';
import type { Policy, TrustRules } from './policy.ts';
import { type Refusal, refuse } from './reasons.ts';
import type { AcceptedRequest, InboundRequest, Peer } from './stages.ts';

function isTrusted(peer: Peer, trust: TrustRules): boolean {
  return peer.kind === 'unix' ? trust.unixPeers : trust.proxies.contains(peer.address);
}

/** Where a chain of client addresses stands, and how it is read. */
interface Chain {
  readonly field: string;
  readonly walk: ForwardedWalk;
}

const chains: Readonly<Record<TrustRules['clientAddress'], Chain | null>> = {
  'X-Forwarded-For': { field: 'x-forwarded-for', walk: clientFromForwardedFor },
  Forwarded: { field: 'forwarded', walk: clientFromForwarded },
  peer: null,
};

const nobody: IpAddress = { kind: 'ipv4', text: '0.0.0.0', bytes: [0, 0, 0, 0] };

/** Behind a Unix socket there is no address to start from, so the last element of the chain stands for it. */
function clientOf({ peer, fields }: InboundRequest, trust: TrustRules): IpAddress | undefined {
  const chain = chains[trust.clientAddress];
  const start = peer.kind === 'unix' ? nobody : peer.address;
  const reached = chain === null ? start : chain.walk(valuesOf(fields, chain.field), start, trust.proxies).address;
  return reached === nobody ? undefined : reached;
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
