/** Exit codes, as sysexits(3) has them. */

/** What the shell is told. */
export const exitCodes = {
  fine: 0,
  /** A check failed, or an address could not be bound. */
  failed: 1,
  usage: 64,
  internal: 70,
  badConfig: 78,
} as const;
