/** Tells whether two moments lie in one look of the event loop at its sockets: what the second tells, the kernel knew before the first. */

/** A look that is being worked off. */
export interface Look {
  /** How much all looks before it had told; null where nobody has asked yet. */
  readonly toldBefore: number | null;
}

const { nodeTiming } = performance;

let current: Look | null = null;

function over(): void {
  current = null;
}

/** To be called first by what a socket's bytes wake. Immediates run when all that the loop found has been told. */
export function beginLook(): void {
  if (current !== null) return;
  current = { toldBefore: null };
  setImmediate(over);
}

/**
 * The look that is being worked off; null outside of one, as in a timer. A loop that has found as much as it takes at a time
 * (libuv: 1024 sockets) looks again before immediates run, and only its count of events shows that.
 */
export function currentLook(): Look | null {
  if (current === null) return null;
  const toldBefore = nodeTiming.uvMetricsInfo.events;
  if (current.toldBefore !== toldBefore) current = { toldBefore };
  return current;
}
