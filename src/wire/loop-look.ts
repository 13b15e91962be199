/** Tells whether two moments lie in one look of the event loop at its sockets: what the second tells, the kernel knew before the first. */

/** A look that is being worked off. */
export type Look = object;

let current: Look | null = null;

function over(): void {
  current = null;
}

/** To be called first by what a socket's bytes wake. Immediates run when all that one look found has been told. */
export function beginLook(): void {
  if (current !== null) return;
  current = {};
  setImmediate(over);
}

/** The look that is being worked off; null outside of one, as in a timer. */
export function currentLook(): Look | null {
  return current;
}
