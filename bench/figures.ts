/** Figures of a round, and what is made of several rounds. */

/** Measured numbers by name; the names stand in `figureTable`. */
export type Figures = Readonly<Record<string, number>>;

/** How a figure is shown, and which way is better. */
export type FigureKind = {
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  readonly better: 'less' | 'more';
};

/** Every figure that a load may give. */
export const figureTable: ReadonlyMap<string, FigureKind> = new Map([
  ['cpuMicros', { title: 'CPU per request', unit: 'µs', digits: 1, better: 'less' }],
  ['perSecond', { title: 'requests', unit: '/s', digits: 0, better: 'more' }],
  ['p50Micros', { title: 'p50', unit: 'µs', digits: 0, better: 'less' }],
  ['p99Micros', { title: 'p99', unit: 'µs', digits: 0, better: 'less' }],
  ['p999Micros', { title: 'p99.9', unit: 'µs', digits: 0, better: 'less' }],
  ['cpuSecondsPerGiB', { title: 'CPU per GiB', unit: 's', digits: 2, better: 'less' }],
  ['mibPerSecond', { title: 'throughput', unit: 'MiB/s', digits: 0, better: 'more' }],
  ['growthMiB', { title: 'memory growth', unit: 'MiB', digits: 1, better: 'less' }],
  ['kibPerSocket', { title: 'memory per socket', unit: 'KiB', digits: 1, better: 'less' }],
  ['firstAnswerMs', { title: 'start to first answer', unit: 'ms', digits: 0, better: 'less' }],
  ['idleMB', { title: 'memory idle', unit: 'MB', digits: 1, better: 'less' }],
  ['loadMB', { title: 'memory under load, most', unit: 'MB', digits: 1, better: 'less' }],
]);

/** The middle value; the mean of the two middle ones when there are two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** How many times the largest is the smallest. */
export function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values);
}

/** Figure by figure, the median of all. */
export function medianFigures(all: readonly Figures[]): Figures {
  return combined(all, median);
}

/** Figure by figure, the mean of all. */
export function meanFigures(all: readonly Figures[]): Figures {
  return combined(all, values => values.reduce((sum, value) => sum + value, 0) / values.length);
}

/** Figure by figure, how many times `of` is `to`; a figure that is nought in `to` has no ratio. */
export function ratioFigures(of: Figures, to: Figures): Figures {
  return Object.fromEntries(
    Object.entries(of).flatMap(([name, value]) => {
      const base = to[name] ?? 0;
      return base === 0 ? [] : [[name, value / base]];
    }),
  );
}

/** Figure by figure over those that the first one has. */
function combined(all: readonly Figures[], combine: (values: readonly number[]) => number): Figures {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map(name => [name, combine(all.flatMap(figures => figures[name] ?? []))] as const));
}
