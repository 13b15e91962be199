/** Results as Markdown tables. */
import { type FigureKind, figureTable, median } from '../figures.ts';
import type { LoadResult, Results } from '../results.ts';

/** The peers with what was proven of them, and all loads, one table each. */
export function resultsTable(results: Results): string {
  const loads = results.loads.map(load => `## ${load.name}\n\n${loadTable(load)}`);
  return [`## Peers\n\n${peersTable(results)}`, ...loads].join('\n');
}

/** Who was there, and what was proven of it before it was measured. */
export function peersTable({ peers, loads }: Results): string {
  const rows = peers.map(({ name, title, version, install }) => {
    const proofs = loads.map(load => load.proofs[name] ?? []).find(found => found.length > 0) ?? [];
    const proven = proofs.map(({ what, seen }) => `${what} (${seen.replaceAll('|', '/')})`).join('; ');
    return [`${name}: ${title}`, version ?? `**missing**: ${install}`, proven || '–'];
  });
  return markdownTable(['peer', 'version', 'proven'], rows, '---');
}

/** One load: medians, and ratios to the reference. */
export function loadTable(load: LoadResult): string {
  const names = Object.keys(load.contestants[0]?.figures ?? {});
  const kinds = names.flatMap(name => {
    const kind = figureTable.get(name);
    return kind === undefined ? [] : [{ name, kind }];
  });
  const header = ['', ...kinds.map(({ kind }) => `${kind.title}, ${kind.unit}`)];
  const rows = load.contestants.map(({ name, figures, ratios }) => [
    name,
    ...kinds.map(figure => shownFigure(figure.kind, figures[figure.name], ratios[figure.name])),
  ]);
  return `${load.about}.\n\n${markdownTable(header, rows)}\n${noteOf(load)}\n`;
}

/** A table with the first column left and the others right, or as `others` has it. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  others: '---:' | '---' = '---:',
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(header) + line(header.map((_, index) => (index === 0 ? '---' : others))) + rows.map(line).join('');
}

function shownFigure({ digits }: FigureKind, value: number | undefined, ratio: number | undefined): string {
  if (value === undefined) return '–';
  return `${value.toFixed(digits)}${ratio === undefined ? '' : ` (${ratio.toFixed(2)})`}`;
}

function noteOf({ valid, reference, drift, runs, failures }: LoadResult): string {
  const drifts = Object.entries(drift).map(
    ([name, times]) => `${figureTable.get(name)?.title ?? name} ${times.toFixed(2)}×`,
  );
  if (runs.length === 0) return failures.map(failure => `\n**Failed: ${failure}**\n`).join('');
  const loadAverage = median(runs.map(run => run.loadAverage));
  const spins = runs.map(run => run.spinMs);
  const lines = [
    `In brackets: ratio to ${reference}, median of the rounds. The reference drifted by ${drifts.join(', ')}; ` +
      `the spin loop took ${Math.min(...spins).toFixed(1)}–${Math.max(...spins).toFixed(1)} ms; load average ${loadAverage.toFixed(1)}.`,
    ...(valid ? [] : ['**Invalid: the reference drifted too far.**']),
    ...failures.map(failure => `**Failed: ${failure}**`),
  ];
  return `\n${lines.join('\n\n')}`;
}
