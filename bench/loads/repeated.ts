/** One token over and over: what a notebook's own traffic looks like to the gate. */
import { pageRequest } from '../lab/requests.ts';
import { plainSeating } from '../seating.ts';
import type { Load } from './load.ts';
import { checkedWarmUp, contestants, pageRound, writeRequests } from './pages.ts';

/** All peers. */
export const repeated: Load = {
  name: 'repeated',
  about: 'one RS256 token over and over, small answers',
  judgedBy: ['cpuMicros', 'perSecond'],
  prepare: async bench => {
    const file = writeRequests(bench, 'repeated', [pageRequest(bench.lab.token)]);
    return {
      contestants: contestants(bench.peers),
      seating: plainSeating,
      fresh: false,
      warmUp: seated => checkedWarmUp(bench, seated, file),
      measure: seated => pageRound(bench, seated, { file, mode: 'plain' }),
    };
  },
};
