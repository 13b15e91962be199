/** Durations and sizes as operators write them: `30s`, `16KiB`. */
import { either, patterned, type Shape, shaped, wholeNumber } from './shape.ts';

const MILLISECONDS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const BYTES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['KiB', 1_024],
  ['MiB', 1_048_576],
  ['GiB', 1_073_741_824],
]);

/** A bound as it is written, and in the unit it is compared in. */
interface Bound {
  readonly written: string;
  readonly value: number;
}

function amount(written: string, units: ReadonlyMap<string, number>): number {
  const [, digits = '', unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(written) ?? [];
  return Number(digits) * (units.get(unit) ?? Number.NaN);
}

function bound(written: string, units: ReadonlyMap<string, number>): Bound {
  return { written, value: amount(written, units) };
}

function bounded(shape: Shape<number>, least: Bound, most: Bound): Shape<number> {
  return shaped(shape, (value, report) => {
    if (value < least.value) report(`is too small, expected ${least.written} or more`);
    if (value > most.value) report(`is too large, expected ${most.written} or less`);
    return value;
  });
}

/** A duration in milliseconds. Timers of Node hold 24 days; what is only compared may be longer. */
export function duration(least: string, most: string): Shape<number> {
  const written = patterned('a duration such as 500ms, 30s, 5m, 8h or 1d', /^\d{1,9}(ms|s|m|h|d)$/);
  const read = shaped(written, value => amount(value, MILLISECONDS));
  return bounded(read, bound(least, MILLISECONDS), bound(most, MILLISECONDS));
}

/** A size in bytes. */
export function size(least: string, most: string): Shape<number> {
  const expected = 'a size such as 512, 16KiB or 1MiB';
  const number = wholeNumber(expected, 0, Number.MAX_SAFE_INTEGER);
  const written = shaped(patterned(expected, /^\d{1,9}(B|KiB|MiB|GiB)?$/), value => amount(value, BYTES));
  return bounded(either(expected, number, written), bound(least, BYTES), bound(most, BYTES));
}

/** A count; digits in a text are taken too, for values from the environment. */
export function count(least: number, most: number): Shape<number> {
  const expected = `a whole number from ${least} to ${most}`;
  const number = wholeNumber(expected, least, most);
  const written = shaped(patterned(expected, /^\d{1,9}$/), (value, report) => {
    if (Number(value) < least || Number(value) > most) report(`is out of range, expected ${expected}`);
    return Number(value);
  });
  return either(expected, number, written);
}
