/** Points in time as others write them: RFC 3339, or a NumericDate. */

/** RFC 3339 §5.6 without leap seconds; the letters may be small. */
const dateTime =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d{1,9})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** The end of the year 9999, as RFC 3339 has it. */
const lastMs = 253_402_300_799_999;

/** A day that its month does not have would come out as another one. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

/**
 * Milliseconds since the epoch of an RFC 3339 text with its offset, or of a NumericDate (seconds, RFC 7519 §2); null for what is
 * neither.
 */
export function readTimestamp(value: unknown): number | null {
  if (typeof value === 'number') return value >= 0 && value * 1000 <= lastMs ? value * 1000 : null;
  if (typeof value !== 'string') return null;
  const [, date = ''] = dateTime.exec(value) ?? [];
  return isDay(date) ? Date.parse(value.toUpperCase()) : null;
}
