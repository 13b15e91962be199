/** Small answers through wrk: the frame that most loads share. */
import { goodAnswerBytes } from '../clients/one-request.ts';
import { type Expected, faultsOf, requestFile, runWrk, type WrkCount, type WrkPlan } from '../clients/wrk.ts';
import type { Figures } from '../figures.ts';
import { pageBytes } from '../lab/backend.ts';
import type { Algorithm } from '../lab/issuer.ts';
import { fieldLines, pagePath } from '../lab/requests.ts';
import { cpuMicrosBetween, cpuTimes } from '../machine/process-table.ts';
import type { Peer } from '../peers/peer.ts';
import type { Seated } from '../seating.ts';
import type { Bench, Contestant } from './load.ts';

/** Peers as contestants, nginx first. */
export function contestants(peers: readonly Peer[], takesPart: (peer: Peer) => boolean = () => true): Contestant[] {
  const chosen = peers.filter(peer => peer.name === 'nginx' || takesPart(peer));
  return chosen
    .sort((a, b) => Number(b.name === 'nginx') - Number(a.name === 'nginx'))
    .map(peer => ({ name: peer.name, peer }));
}

/** Peers that verify such tokens; the others have nothing to do in loads about tokens. */
export function verifies(algorithm: Algorithm): (peer: Peer) => boolean {
  return ({ algorithms }) => algorithms.includes(algorithm);
}

/** Writes the requests where wrk finds them, and gives the file. */
export function writeRequests({ lab }: Bench, name: string, requests: readonly string[]): string {
  return lab.write(`requests/${name}`, requestFile(requests));
}

/** What of a plan differs between loads. */
export type PageSettings = Pick<WrkPlan, 'file' | 'mode'> & { readonly connections?: number };

/** Plays requests whose answers are looked at one by one, for as long as a warm-up takes. */
export async function checkedWarmUp(bench: Bench, seated: Seated, file: string): Promise<void> {
  const plan = planOf(bench, seated, { file, mode: 'checked' });
  const count = await runWrk({ ...plan, durationMs: bench.scale.warmUpMs });
  throwFaults(count, { answers: 'good', wireBytes: null, connections: plan.connections });
}

/** One round of good answers. */
export async function pageRound(bench: Bench, seated: Seated, settings: PageSettings): Promise<Figures> {
  const wireBytes = await goodAnswerBytes(seated.port, pagePath, fieldLines(seated.token));
  return measured(bench, seated, settings, { answers: 'good', wireBytes });
}

/** One round; CPU is that of the peer's whole process tree. */
export async function measured(
  bench: Bench,
  seated: Seated,
  settings: PageSettings,
  expected: Omit<Expected, 'connections'>,
): Promise<Figures> {
  const plan = planOf(bench, seated, settings);
  const before = cpuTimes(seated.pid);
  const count = await runWrk(plan);
  const cpuMicros = cpuMicrosBetween(before, cpuTimes(seated.pid)) / count.requests;
  throwFaults(count, { ...expected, connections: plan.connections });
  return {
    cpuMicros,
    perSecond: (count.requests * 1e6) / count.micros,
    p50Micros: count.p50,
    p99Micros: count.p99,
    p999Micros: count.p999,
  };
}

function planOf({ lab, scale }: Bench, { port }: Seated, settings: PageSettings): WrkPlan {
  return {
    core: lab.cores.client,
    port,
    connections: scale.connections,
    durationMs: scale.roundMs,
    bodyBytes: pageBytes,
    ...settings,
  };
}

function throwFaults(count: WrkCount, expected: Expected): void {
  const faults = faultsOf(count, expected);
  if (faults.length > 0) throw new Error(faults.join('; '));
}
