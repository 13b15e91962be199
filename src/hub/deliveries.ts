/** For whom something was delivered of late, so that a server that is asked after while it starts does not bring a delivery each time. */

interface Delivered {
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** A hub that restarts forgets what it was told, and may do so unseen. */
const longestMs = 60_000;
const mostRemembered = 8192;

/** Of one process. */
export class Deliveries {
  readonly #delivered = new Map<string, Delivered>();
  readonly #now: () => number;

  /** `now` in milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  isDue(hubUser: string): boolean {
    const delivered = this.#delivered.get(hubUser);
    return delivered === undefined || delivered.until <= this.#now();
  }

  /** Past half of the time to `expiresAt` it is due again. */
  note(hubUser: string, expiresAt: number): void {
    const now = this.#now();
    const half = now + (expiresAt - now) / 2;
    this.#delivered.delete(hubUser);
    const oldest = this.#delivered.keys().next();
    if (this.#delivered.size >= mostRemembered && oldest.done === false) this.#delivered.delete(oldest.value);
    this.#delivered.set(hubUser, { until: Math.min(now + longestMs, half) });
  }

  /** The hub was away: what it knew may be gone. */
  forget(): void {
    this.#delivered.clear();
  }
}
