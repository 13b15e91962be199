/** From the start of the program to the end of its first good answer. */
import { plainSeating } from '../seating.ts';
import type { Load } from './load.ts';
import { contestants } from './pages.ts';

/** All peers; the answer takes a verified token where tokens are checked. */
export const startup: Load = {
  name: 'startup',
  about: 'start to first good answer, config and keys from files',
  judgedBy: ['firstAnswerMs'],
  prepare: async bench => ({
    contestants: contestants(bench.peers),
    seating: plainSeating,
    fresh: true,
    warmUp: async () => undefined,
    measure: async ({ firstAnswerMs }) => ({ firstAnswerMs }),
  }),
};
