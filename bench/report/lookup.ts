/** Reads single figures out of results; null where something was not measured. */
import { type Figures, median } from '../figures.ts';
import type { ContestantResult, LoadResult, Results } from '../results.ts';

/** A load by its name. */
export function loadNamed({ loads }: Results, name: string): LoadResult | null {
  return loads.find(load => load.name === name) ?? null;
}

/** What came of a contestant that was measured. */
export function contestantOf(load: LoadResult | null, name: string): ContestantResult | null {
  const found = load?.contestants.find(contestant => contestant.name === name) ?? null;
  return found === null || Object.keys(found.figures).length === 0 ? null : found;
}

/** The median of a contestant's figure. */
export function figureOf(load: LoadResult | null, name: string, figure: string): number | null {
  return contestantOf(load, name)?.figures[figure] ?? null;
}

/** How many times a figure of one contestant is that of another: the median of the rounds' ratios. */
export function ratioBetween(load: LoadResult | null, of: string, to: string, figure: string): number | null {
  const above = contestantOf(load, of);
  if (load === null || above === null) return null;
  if (to === load.reference) return above.ratios[figure] ?? null;
  const below = contestantOf(load, to);
  if (below === null) return null;
  const rounds = above.ratioOfRounds.flatMap((ratios, round) => quotient(ratios, below.ratioOfRounds[round], figure));
  return rounds.length === 0 ? null : median(rounds);
}

function quotient(above: Figures, below: Figures | undefined, figure: string): number[] {
  const [over, under] = [above[figure], below?.[figure]];
  return over === undefined || under === undefined ? [] : [over / under];
}
