/** Stage 1: lets in only whom the policy trusts, and works out the client address from the right of the chain. */
import type { IpAddress } from '../http/address.ts';
import { clientFromForwarded, clientFromForwardedFor, type ForwardedWalk } from '../http/forwarded.ts';
import type { Policy, TrustRules } from './policy.ts';
import { type Refusal, refuse } from './reasons.ts';
import { headOf, valuesIn } from './request/head.ts';
import type { Head, ReadName } from './request/head-shapes.ts';
import type { AcceptedRequest, InboundRequest, Peer } from './stages.ts';

/** Whether the peer itself, whomever it speaks for, is one of the proxies. */
export function isTrusted(peer: Peer, trust: TrustRules): boolean {
  return peer.kind === 'unix' ? trust.unixPeers : trust.proxies.contains(peer.address);
}

/** Where a chain of client addresses stands, and how it is read. */
interface Chain {
  readonly field: ReadName;
  readonly walk: ForwardedWalk;
}

const chains: Readonly<Record<TrustRules['clientAddress'], Chain | null>> = {
  'X-Forwarded-For': { field: 'x-forwarded-for', walk: clientFromForwardedFor },
  Forwarded: { field: 'forwarded', walk: clientFromForwarded },
  peer: null,
};

const nobody: IpAddress = { kind: 'ipv4', text: '0.0.0.0', bytes: [0, 0, 0, 0] };

/** The chain is what the source of a PROXY header has written: it is read where that is a proxy too. */
function chainOf({ source }: Peer, trust: TrustRules): Chain | null {
  const isWrittenByProxy = source === undefined || (source !== null && trust.proxies.contains(source));
  return isWrittenByProxy ? chains[trust.clientAddress] : null;
}

/** Behind a Unix socket there is no address to start from, so the last element of the chain stands for it. */
function clientOf(peer: Peer, head: Head, trust: TrustRules): IpAddress | undefined {
  const chain = chainOf(peer, trust);
  const start = peer.source ?? (peer.kind === 'unix' ? nobody : peer.address);
  const reached = chain === null ? start : chain.walk(valuesIn(head, chain.field), start, trust.proxies).address;
  return reached === nobody ? undefined : reached;
}

function accept(
  arrival: InboundRequest,
  head: Head,
  { standing, client }: Pick<AcceptedRequest, 'standing' | 'client'>,
): AcceptedRequest {
  const { method, target, httpVersion, fields, peer } = arrival;
  return { arrival, method, target, httpVersion, fields, peer, head, standing, client } as AcceptedRequest;
}

/** Refuses a peer that is not trusted, unless the policy lets outsiders in with a bearer token alone. */
export function trustPeer(request: InboundRequest, policy: Policy): AcceptedRequest | Refusal {
  const { peer } = request;
  const { trust } = policy;
  if (isTrusted(peer, trust)) {
    const head = headOf(request, policy);
    return accept(request, head, { standing: 'proxy', client: clientOf(peer, head, trust) });
  }
  if (trust.others === 'refuse' || peer.kind === 'unix') {
    return refuse('peer-untrusted', peer.kind === 'unix' ? 'Unix socket, and trust.unixPeers is false' : '');
  }
  return accept(request, headOf(request, policy), { standing: 'outside', client: peer.address });
}
