/** How long an answer may be kept, by what its issuer says of it (RFC 9111 §5.2.2.1). */

const leastMs = 60_000;
const mostMs = 60 * 60_000;

/** Where the issuer says nothing. */
const usualMs = 10 * 60_000;

/** Of its life; the rest is left for trying again. */
const aheadOfEnd = 0.9;

const maxAge = /(?:^|,)[ \t]*max-age=([0-9]{1,9})[ \t]*(?:,|$)/i;

/** When to ask again, in milliseconds from now: ahead of the end of what the issuer allows, but neither at once nor hours away. */
export function askAgainAfterMs(cacheControl: string): number {
  const seconds = maxAge.exec(cacheControl)?.[1];
  if (seconds === undefined) return usualMs;
  return Math.min(Math.max(Number(seconds) * 1000 * aheadOfEnd, leastMs), mostMs);
}

const firstPauseMs = 30_000;
const longestPauseMs = 5 * 60_000;

/** How long to wait after so many failures in a row. */
export function pauseAfterMs(failures: number): number {
  return Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 10), longestPauseMs);
}
