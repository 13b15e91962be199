/** One run of the yardstick, from looking for the peers to writing the results. */
import { resolve } from 'node:path';
import { checkoutRoot } from '../scripts/checkout.ts';
import { chooseLoads, choosePeers } from './choose.ts';
import { openLab } from './lab/lab.ts';
import { allLoads } from './loads/all.ts';
import type { Bench, Load } from './loads/load.ts';
import { stayOn } from './machine/cores.ts';
import { describeMachine } from './machine/describe.ts';
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
  /** All of it, as one would type it. */
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
  if (!options.quick && wanted.some(({ name }) => name.startsWith('envoy-'))) await provideEnvoy(say);
  const notes = wanted.map(noteOf);
  demandMandatory(wanted, notes);
  endChildrenWithUs();
  const date = new Date().toISOString().slice(0, 19);
  const folder = resolve(checkoutRoot, options.out ?? `bench/results/${date.replaceAll(':', '-')}`);
  const machine = describeMachine();
  const results = (played: readonly LoadResult[]): Results => ({
    format: 1,
    commands: [options.command],
    date,
    quick: options.quick,
    rounds: scale.rounds,
    machine,
    peers: notes,
    loads: played,
  });
  const present = wanted.filter((_, index) => notes[index]?.version !== null);
  // A long run that is cut short leaves what it has.
  const played = await playAll(loads, present, scale, soFar => writeResults(folder, results(soFar)));
  say(`\n${writeResults(folder, results(played))}\nwritten to ${folder}`);
  const failures = played.flatMap(load => load.failures.map(failure => `${load.name}: ${failure}`));
  for (const failure of failures) say(`FAILED ${failure}`);
  return failures.length === 0;
}

async function playAll(
  loads: readonly Load[],
  peers: readonly Peer[],
  scale: Scale,
  keep: (soFar: readonly LoadResult[]) => void,
): Promise<LoadResult[]> {
  const lab = await openLab();
  if (lab.cores.proxy === lab.cores.client) say('!!! One core: client and proxy take time from each other.');
  stayOn(lab.cores.client);
  const spin = startSpin(lab.cores.proxy);
  const bench: Bench = { lab, scale, peers };
  const stage: Stage = { bench, spin, say, sayOnce: onceEach(say) };
  const played: LoadResult[] = [];
  try {
    for (const load of loads) {
      say(`\n${load.name}: ${load.about}`);
      played.push(await playLoad(load, stage));
      keep(played);
    }
  } finally {
    await Promise.all([spin.stop(), lab.close()]);
  }
  return played;
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

/** Throws when a mandatory peer is not there; says so when another one is not. */
function demandMandatory(peers: readonly Peer[], notes: readonly PeerNote[]): void {
  for (const [index, { title, install, version }] of notes.entries()) {
    if (version !== null) continue;
    const how = `${title}. To have it:\n\n    ${install}\n`;
    if (peers[index]?.mandatory === true) throw new Error(`there is no yardstick without ${how}`);
    say(`\n!!! MISSING, and so not measured: ${how}`);
  }
}

/** However this process ends, short of being killed outright, nothing that it started stays. */
function endChildrenWithUs(): void {
  process.once('exit', killAllPrograms);
  const codes: readonly (readonly [NodeJS.Signals, number])[] = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ];
  for (const [signal, code] of codes) process.once(signal, () => process.exit(code));
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
