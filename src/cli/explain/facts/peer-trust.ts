/** Stage 1: who talks, and for whom. */
import { isTrusted } from '../../../gate/peer-trust.ts';
import { addressSet, type IpAddress, parseCidr } from '../../../http/address.ts';
import type { Journey } from '../journey.ts';
import type { Fact, Told } from './told.ts';

/** The range that holds the address; -1 where none does. */
function rangeOf(address: IpAddress, ranges: readonly string[]): number {
  return ranges.findIndex(text => {
    const parsed = parseCidr(text);
    return parsed.ok && addressSet([parsed.cidr]).contains(address);
  });
}

function peerFact({ journey, config, placeOf }: Told): Fact {
  const { peer } = journey.inbound;
  const trusted = isTrusted(peer, journey.policy.trust);
  if (peer.kind === 'unix') return { name: 'peer', value: 'the Unix socket', rule: placeOf(['trust', 'unixPeers']) };
  const { text } = peer.address;
  if (!trusted) return { name: 'peer', value: `${text}, no trusted proxy`, rule: placeOf(['trust', 'others']) };
  const range = rangeOf(peer.address, config.trust.proxies);
  return { name: 'peer', value: `${text}, a trusted proxy`, rule: placeOf(['trust', 'proxies', range]) };
}

function sourceFacts({ inbound }: Journey): Fact[] {
  const { source } = inbound.peer;
  return source === undefined ? [] : [{ name: 'PROXY header', value: source?.text ?? 'names nobody' }];
}

/** What is told of the peer and the client. */
export function peerTrustFacts(told: Told): Fact[] {
  const { accepted } = told.journey.passage;
  const peer = [peerFact(told), ...sourceFacts(told.journey)];
  if (accepted === undefined) return peer;
  const client = accepted.client?.text ?? 'unknown';
  return [...peer, { name: 'client', value: client, rule: told.placeOf(['trust', 'clientAddress']) }];
}
