/** Every token is new: the price of a verification, where a cache helps nobody. */
import type { Algorithm } from '../lab/issuer.ts';
import { labUser } from '../lab/lab.ts';
import { pageRequest } from '../lab/requests.ts';
import { manyTokens } from '../lab/tokens.ts';
import type { Load } from './load.ts';
import { checkedWarmUp, contestants, pageRound, verifies, writeRequests } from './pages.ts';

/** Peers that verify; each round has a new process, which has seen none of the tokens. */
function cold(algorithm: Algorithm): Load {
  return {
    name: `cold-${algorithm.toLowerCase()}`,
    about: `every ${algorithm} token once, small answers`,
    judgedBy: ['cpuMicros'],
    prepare: async bench => {
      const warm = await bench.lab.issuer.mint(labUser, algorithm);
      const tokens = await manyTokens(bench.lab.issuer, bench.scale.coldTokens, algorithm);
      const warmFile = writeRequests(bench, `warm-${algorithm}`, [pageRequest(warm)]);
      const file = writeRequests(bench, `cold-${algorithm}`, tokens.map(pageRequest));
      return {
        contestants: contestants(bench.peers, verifies(algorithm)),
        seating: { behind: 'backend', algorithm },
        fresh: true,
        warmUp: seated => checkedWarmUp(bench, seated, warmFile),
        measure: seated => pageRound(bench, seated, { file, mode: 'once' }),
      };
    },
  };
}

/** RS256: cheap to verify, a long signature. */
export const coldRs256: Load = cold('RS256');

/** ES256: the other way round. */
export const coldEs256: Load = cold('ES256');
