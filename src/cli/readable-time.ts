/** Times as people write and read them. */

const secondMs = 1000;
const units: readonly (readonly [name: string, ms: number, upTo: number])[] = [
  ['s', secondMs, 120],
  ['min', 60 * secondMs, 120],
  ['h', 3600 * secondMs, 48],
  ['days', 86_400 * secondMs, Number.POSITIVE_INFINITY],
];

function distance(ms: number): string {
  const [name, unit] = units.find(([, each, upTo]) => ms / each < upTo) ?? ['s', secondMs];
  return `${Math.floor(ms / unit)} ${name}`;
}

/** `2026-11-25T23:00:00Z (in 5 min)`; what no date can say stays a number. */
export function readableTime(ms: number, now: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms / secondMs);
  const text = date.toISOString().replace('.000Z', 'Z');
  return `${text} (${ms > now ? `in ${distance(ms - now)}` : `${distance(now - ms)} ago`})`;
}

const seconds = /^\d{1,11}(?:\.\d+)?$/;
const iso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** What `--now` takes. */
export const timeExpected = 'expected a time such as 2026-11-25T23:00:00Z, or seconds since 1970';

/** Milliseconds since the epoch; null where it is neither an ISO 8601 time with its zone, nor seconds. */
export function parseTime(text: string): number | null {
  if (seconds.test(text)) return Math.floor(Number(text) * secondMs);
  const ms = iso.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
