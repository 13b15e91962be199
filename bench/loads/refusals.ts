/** Requests that must not pass, as a flood: the price of saying no, beside HAProxy's. */
import { withBadSignature } from '../lab/issuer.ts';
import { fieldLines, headText, pagePath, pageRequest } from '../lab/requests.ts';
import { manyTokens } from '../lab/tokens.ts';
import { plainSeating } from '../seating.ts';
import type { Bench, Load } from './load.ts';
import { checkedWarmUp, measured, writeRequests } from './pages.ts';

type Refusal = {
  readonly name: string;
  readonly about: string;
  readonly requests: (bench: Bench) => Promise<string[]>;
};

const kinds: readonly Refusal[] = [
  {
    name: 'refusals-missing',
    about: 'no token',
    requests: async () => [pageRequest(null)],
  },
  {
    name: 'refusals-signature',
    about: 'RS256 tokens in turn whose signature nobody made',
    requests: async ({ lab, scale }) => {
      const tokens = await manyTokens(lab.issuer, Math.min(scale.tokens, mostForged));
      return tokens.map(token => pageRequest(withBadSignature(token)));
    },
  },
  {
    name: 'refusals-ambiguous',
    about: 'a good token, and two Content-Length lines that differ; both close the connection',
    requests: async ({ lab }) => [
      headText(pagePath, [...fieldLines(lab.token), ['Content-Length', '4'], ['Content-Length', '5']]),
    ],
  },
];

const mostForged = 500;

/** HAProxy is the reference; good requests warm both up. */
export const refusals: readonly Load[] = kinds.map(({ name, about, requests }) => ({
  name,
  about: `refused: ${about}`,
  judgedBy: ['cpuMicros', 'perSecond'],
  prepare: async bench => {
    const warmFile = writeRequests(bench, 'warm', [pageRequest(bench.lab.token)]);
    const file = writeRequests(bench, name, await requests(bench));
    const sides = ['haproxy-jwt', 'hubgate'].flatMap(side => bench.peers.filter(peer => peer.name === side));
    return {
      contestants: sides.map(peer => ({ name: peer.name, peer })),
      seating: plainSeating,
      fresh: false,
      warmUp: seated => checkedWarmUp(bench, seated, warmFile),
      measure: seated => measured(bench, seated, { file, mode: 'turns' }, { answers: 'refused', wireBytes: null }),
    };
  },
}));
