/** Requests that come when they come: latency from the time a request was due, at rates that leave room. */
import { runClient } from '../clients/counted.ts';
import { goodAnswerBytes } from '../clients/one-request.ts';
import type { PacedCount, PacedPlan } from '../clients/paced-process.ts';
import type { Figures } from '../figures.ts';
import { fieldLines, pagePath, pageRequest } from '../lab/requests.ts';
import { manyTokens } from '../lab/tokens.ts';
import { cpuMicrosBetween, cpuTimes } from '../machine/process-table.ts';
import { plainSeating, type Seated } from '../seating.ts';
import type { Bench, Load } from './load.ts';
import { checkedWarmUp, contestants, verifies, writeRequests } from './pages.ts';

const mostTokens = 200;

function openLoop(name: string, perSecond: number): Load {
  return {
    name,
    about: `open loop, ${perSecond / 1000} 000 requests a second, latency from the scheduled time, 200 RS256 tokens in turn`,
    judgedBy: ['cpuMicros'],
    prepare: async bench => {
      const tokens = await manyTokens(bench.lab.issuer, Math.min(bench.scale.tokens, mostTokens));
      const requests = tokens.map(pageRequest);
      const warmFile = writeRequests(bench, name, requests);
      const file = bench.lab.write(`requests/${name}.json`, JSON.stringify(requests));
      return {
        contestants: contestants(bench.peers, verifies('RS256')),
        seating: plainSeating,
        fresh: false,
        warmUp: seated => checkedWarmUp(bench, seated, warmFile),
        measure: seated => round(bench, seated, file, perSecond),
      };
    },
  };
}

/** Peers that verify, and nginx. */
export const openLoops: readonly Load[] = [openLoop('open-2k', 2000), openLoop('open-5k', 5000)];

async function round(
  { lab, scale }: Bench,
  { port, pid, token }: Seated,
  file: string,
  perSecond: number,
): Promise<Figures> {
  const wireBytes = await goodAnswerBytes(port, pagePath, fieldLines(token));
  const { openLoopMs: durationMs, connections } = scale;
  const plan: PacedPlan = { port, file, perSecond, durationMs, connections, wireBytes };
  const before = cpuTimes(pid);
  const { requests: answered, ...figures } = await runClient<PacedCount>(lab.cores.client, 'paced-process.ts', plan);
  return { cpuMicros: cpuMicrosBetween(before, cpuTimes(pid)) / answered, ...figures };
}
