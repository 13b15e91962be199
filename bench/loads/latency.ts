/** One connection, one request at a time: what the peer adds to a page that nobody else is waiting for. */
import { pageRequest } from '../lab/requests.ts';
import { plainSeating } from '../seating.ts';
import type { Load } from './load.ts';
import { checkedWarmUp, contestants, pageRound, writeRequests } from './pages.ts';

/** All peers. */
export const latency: Load = {
  name: 'latency',
  about: '1 connection, one request after the other, one RS256 token',
  judgedBy: ['p50Micros', 'cpuMicros'],
  prepare: async bench => {
    const file = writeRequests(bench, 'latency', [pageRequest(bench.lab.token)]);
    return {
      contestants: contestants(bench.peers),
      seating: plainSeating,
      fresh: false,
      warmUp: seated => checkedWarmUp(bench, seated, file),
      measure: seated => pageRound(bench, seated, { file, mode: 'plain', connections: 1 }),
    };
  },
};
