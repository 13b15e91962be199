/** The door for servers of users: the hub's API with a token of the hub's, and nothing else (design 4.9). */
import { refuse } from '../gate/reasons.ts';
import { serversPolicy } from '../gate/servers-policy.ts';
import { derived } from '../http/derived.ts';
import type { Gate, InForce } from './judge.ts';

const serversInForce = derived(
  ({ policy }: InForce): InForce => ({
    policy: serversPolicy(policy),
    findOut: () => Promise.resolve(refuse('internal-error', 'nothing is looked up for servers')),
  }),
);

/** The gate as servers meet it: the same decision under their own policy. */
export function serversGate({ inForce, clock }: Gate): Gate {
  return { inForce: () => serversInForce(inForce()), clock };
}
