/** Makes a load's result of its runs: each peer beside the references next to it. */
import { type Figures, meanFigures, medianFigures, ratioFigures, spread } from './figures.ts';
import type { Load } from './loads/load.ts';
import type { LoadResult, Run } from './results.ts';

/** A reference that drifts more than this makes a load invalid. */
const mostDrift = 1.5;

/** What happened, in the order in which it did; the reference is the first of the contestants. */
export type Played = {
  readonly contestants: readonly { readonly name: string }[];
  readonly runs: readonly Run[];
  readonly proofs: LoadResult['proofs'];
  readonly failures: readonly string[];
};

/** Medians over the rounds, and whether the reference held still. */
export function resultOf({ name, about, judgedBy }: Load, { contestants, runs, proofs, failures }: Played): LoadResult {
  const reference = contestants[0]?.name ?? '';
  const drift = driftOf(
    runs.filter(({ contestant }) => contestant === reference).map(({ figures }) => figures),
    judgedBy,
  );
  return {
    name,
    about,
    reference,
    drift,
    valid: Object.values(drift).every(times => times <= mostDrift),
    contestants: contestants.map(contestant => {
      const own = runs.filter(run => run.contestant === contestant.name);
      const ratioOfRounds = contestant.name === reference ? [] : own.map(run => ratioOf(run, runs, reference));
      const figures = medianFigures(own.map(run => run.figures));
      return { name: contestant.name, figures, ratios: medianFigures(ratioOfRounds), ratioOfRounds };
    }),
    proofs,
    failures,
    runs,
  };
}

function driftOf(ofReference: readonly Figures[], judgedBy: readonly string[]): Figures {
  return Object.fromEntries(
    judgedBy.map(figure => [figure, spread(ofReference.flatMap(figures => figures[figure] ?? []))]),
  );
}

/** To the mean of the references before and after. */
function ratioOf(run: Run, runs: readonly Run[], reference: string): Figures {
  const at = runs.indexOf(run);
  const isReference = ({ contestant }: Run): boolean => contestant === reference;
  const beside = [runs.slice(0, at).findLast(isReference), runs.slice(at + 1).find(isReference)];
  return ratioFigures(run.figures, meanFigures(beside.flatMap(other => (other === undefined ? [] : [other.figures]))));
}
