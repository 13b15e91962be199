/** What a run leaves behind, as JSON has it. */
import type { Figures } from './figures.ts';
import type { MachineNote } from './machine/describe.ts';
import type { Proof } from './proof.ts';

/** One measurement of one contestant. */
export type Run = {
  readonly contestant: string;
  readonly round: number;
  readonly figures: Figures;
  /** How long the fixed work took just before. */
  readonly spinMs: number;
  /** The system's over the last minute, just after. */
  readonly loadAverage: number;
};

/** What came of one contestant in a load. */
export type ContestantResult = {
  readonly name: string;
  /** Medians over the rounds. */
  readonly figures: Figures;
  /** Medians of the rounds' ratios to the references beside; empty for the reference itself. */
  readonly ratios: Figures;
  readonly ratioOfRounds: readonly Figures[];
};

/** What came of a load. */
export type LoadResult = {
  readonly name: string;
  readonly about: string;
  readonly reference: string;
  /** How many times the reference's largest figure was its smallest. */
  readonly drift: Figures;
  /** False when the reference drifted too far. */
  readonly valid: boolean;
  readonly contestants: readonly ContestantResult[];
  readonly proofs: Record<string, readonly Proof[]>;
  readonly failures: readonly string[];
  readonly runs: readonly Run[];
};

/** What is known of a peer. */
export type PeerNote = {
  readonly name: string;
  readonly title: string;
  /** Null: it was not there. */
  readonly version: string | null;
  readonly install: string;
};

/** Everything. */
export type Results = {
  readonly format: 1;
  /** The commands that made this. */
  readonly commands: readonly string[];
  readonly date: string;
  readonly quick: boolean;
  readonly rounds: number;
  readonly machine: MachineNote;
  readonly peers: readonly PeerNote[];
  readonly loads: readonly LoadResult[];
};

/** Several runs as one; what a later one measured again replaces the earlier. Throws when there is nothing, or another format. */
export function joined(all: readonly Results[]): Results {
  const [first] = all;
  if (first === undefined || all.some(({ format }) => format !== 1)) throw new Error('no results of this format');
  return {
    ...first,
    commands: all.flatMap(({ commands }) => commands),
    quick: all.some(({ quick }) => quick),
    rounds: Math.min(...all.map(({ rounds }) => rounds)),
    peers: byName(all.flatMap(({ peers }) => peers)),
    loads: byName(all.flatMap(({ loads }) => loads)),
  };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map(item => [item.name, item])).values()];
}
