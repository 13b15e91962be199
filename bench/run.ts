/** One run of the yardstick, from looking for the peers to writing the results. */
import { cpus, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { checkoutRoot } from '../scripts/checkout.ts';
import { chooseLoads, choosePeers } from './choose.ts';
import { openLab } from './lab/lab.ts';
import { allLoads } from './loads/all.ts';
import { stayOn } from './machine/cores.ts';
import { mostOpenFiles } from './machine/open-files.ts';
import { killAllPrograms } from './machine/programs.ts';
import { startSpin } from './machine/spin.ts';
import { allPeers } from './peers/all.ts';
import type { Peer } from './peers/peer.ts';
import { provideBenchPackages, provideEnvoy } from './provide.ts';
import { writeResults } from './report/write.ts';
import type { LoadResult, PeerNote, Results } from './results.ts';
import { playLoad, type Stage } from './rounds.ts';
import { fittedTo, fullScale, quickScale, type Scale } from './scale.ts';

/** What was asked for. */
export type BenchOptions = {
  readonly command: string;
  readonly only?: string | undefined;
  readonly peers?: string | undefined;
  readonly rounds?: string | undefined;
  readonly quick: boolean;
  readonly out?: string | undefined;
};

/** Runs, and resolves with whether everything held: every proof, every answer. */
export async function runBench(options: BenchOptions): Promise<boolean> {
  const loads = chooseLoads(allLoads, options.only);
  const wanted = choosePeers(allPeers, options.peers);
  const scale = scaleOf(options);
  provideBenchPackages();
  if (!options.quick && wanted.some(({ name }) => name.startsWith('envoy-'))) provideEnvoy(say);
  endChildrenWithUs();
  const notes = wanted.map(noteOf);
  sayWhatIsMissing(notes);
  const present = wanted.filter(({ name }) => notes.some(note => note.name === name && note.version !== null));
  const results = resultsOf(options, scale, notes, await playAll(loads, present, scale));
  const folder = resolve(checkoutRoot, options.out ?? `bench/results/${results.date.replaceAll(':', '-')}`);
  say(`\n${writeResults(folder, results)}\nwritten to ${folder}`);
  const failures = results.loads.flatMap(load => load.failures.map(failure => `${load.name}: ${failure}`));
  for (const failure of failures) say(`FAILED ${failure}`);
  return failures.length === 0;
}

async function playAll(
  loads: ReturnType<typeof chooseLoads>,
  peers: readonly Peer[],
  scale: Scale,
): Promise<LoadResult[]> {
  const lab = await openLab();
  stayOn(lab.cores.client);
  const spin = startSpin(lab.cores.proxy);
  const stage: Stage = { bench: { lab, scale, peers }, spin, say, sayOnce: onceEach(say) };
  const results: LoadResult[] = [];
  try {
    for (const load of loads) {
      say(`\n${load.name}: ${load.about}`);
      results.push(await playLoad(load, stage));
    }
  } finally {
    await Promise.all([spin.stop(), lab.close()]);
  }
  return results;
}

function scaleOf({ quick, rounds }: BenchOptions): Scale {
  const wanted = quick ? quickScale : fullScale;
  const scale = fittedTo(mostOpenFiles(), wanted);
  if (scale.growthConnections < wanted.growthConnections || scale.idleSockets < wanted.idleSockets) {
    say(`!!! A process may have ${mostOpenFiles()} files open here: fewer connections than planned.`);
  }
  if (rounds === undefined) return scale;
  if (!/^[1-9]\d{0,2}$/.test(rounds)) throw new Error(`--rounds ${rounds} is no number of rounds`);
  return { ...scale, rounds: Number(rounds) };
}

function noteOf({ name, title, install, version }: Peer): PeerNote {
  return { name, title, install, version: version() };
}

function sayWhatIsMissing(notes: readonly PeerNote[]): void {
  for (const { title, install, version } of notes) {
    if (version === null) say(`\n!!! MISSING: ${title}. It is not measured. To have it:\n!!!     ${install}`);
  }
}

function resultsOf(
  { command, quick }: BenchOptions,
  { rounds }: Scale,
  peers: readonly PeerNote[],
  loads: readonly LoadResult[],
): Results {
  return {
    format: 1,
    command,
    date: new Date().toISOString().slice(0, 19),
    quick,
    rounds,
    machine: {
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      architecture: process.arch,
      kernel: release().split('.', 2).join('.'),
      node: process.version,
    },
    peers,
    loads,
  };
}

/** However this process ends, short of being killed outright, nothing that it started stays. */
function endChildrenWithUs(): void {
  process.once('exit', killAllPrograms);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}

function onceEach(sayIt: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return line => {
    if (!said.has(line)) sayIt(line);
    said.add(line);
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
