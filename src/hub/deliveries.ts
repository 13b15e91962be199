/** For whom something was delivered of late, so that a server that is asked after while it starts does not bring a delivery each time. */

import { type Clock, type Moment, mayBePast, momentAt } from '../clock.ts';

/** A hub that restarts forgets what it was told, and may do so unseen. */
const longestMs = 60_000;
const mostRemembered = 8192;

/** Of one process. */
export class Deliveries {
  readonly #delivered = new Map<string, Moment>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isDue(hubUser: string): boolean {
    const until = this.#delivered.get(hubUser);
    return until === undefined || mayBePast(until, this.#clock);
  }

  /** Past half of the time to `expiresAt` it is due again. */
  note(hubUser: string, expiresAt: number): void {
    const now = this.#clock.wall();
    const half = now + (expiresAt - now) / 2;
    this.#delivered.delete(hubUser);
    const oldest = this.#delivered.keys().next();
    if (this.#delivered.size >= mostRemembered && oldest.done === false) this.#delivered.delete(oldest.value);
    this.#delivered.set(hubUser, momentAt(Math.min(now + longestMs, half), this.#clock));
  }

  /** The hub was away: what it knew may be gone. */
  forget(): void {
    this.#delivered.clear();
  }
}
