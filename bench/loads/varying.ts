/** Many tokens in turn, so that no two requests in a row are of one user: a gate behind an ingress that mixes users. */
import { pageRequest } from '../lab/requests.ts';
import { manyTokens } from '../lab/tokens.ts';
import { plainSeating } from '../seating.ts';
import type { Load } from './load.ts';
import { checkedWarmUp, contestants, pageRound, writeRequests } from './pages.ts';

/** All peers. */
export const varying: Load = {
  name: 'varying',
  about: '2 000 RS256 tokens in turn, small answers',
  judgedBy: ['cpuMicros', 'perSecond'],
  prepare: async bench => {
    const tokens = await manyTokens(bench.lab.issuer, bench.scale.tokens);
    const file = writeRequests(bench, 'varying', tokens.map(pageRequest));
    return {
      contestants: contestants(bench.peers),
      seating: plainSeating,
      fresh: false,
      warmUp: seated => checkedWarmUp(bench, seated, file),
      measure: seated => pageRound(bench, seated, { file, mode: 'turns' }),
    };
  },
};
