/** What each stage found and took out, as facts with the place in the config that made them; names only, where values are secret. */
import { addressText } from '../../wire/listening.ts';
import { authenticateFacts } from './facts/authenticate.ts';
import { authoriseFacts } from './facts/authorise.ts';
import { injectFacts } from './facts/inject.ts';
import { mapFacts } from './facts/map-identity.ts';
import { peerTrustFacts } from './facts/peer-trust.ts';
import { sanitiseFacts } from './facts/sanitise.ts';
import type { Fact, Told } from './facts/told.ts';
import type { Stage } from './journey.ts';

const tellers: Readonly<Record<Stage, (told: Told) => Fact[]>> = {
  'peer trust': peerTrustFacts,
  sanitise: sanitiseFacts,
  authenticate: authenticateFacts,
  'map identity': mapFacts,
  authorise: authoriseFacts,
  inject: injectFacts,
};

/** What one stage found. */
export function factsOf(stage: Stage, told: Told): Fact[] {
  return tellers[stage](told);
}

/** Where a request that is forwarded goes. */
export function hubFact({ config, placeOf }: Told): Fact {
  const { address, tls } = config.hub;
  const scheme = address.kind === 'unix' ? '' : tls === null ? 'http://' : 'https://';
  return { name: 'hub', value: `${scheme}${addressText(address)}`, rule: placeOf(['hub', 'url']) };
}
