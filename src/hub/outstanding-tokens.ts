/** Tokens of the hub that the gate has had minted and that may still count there: a reload forgets what it gives out, and never what it has to take back. */
import { type Clock, isSurelyPast, type Moment } from '../clock.ts';

/** One of them. */
export interface Outstanding {
  /** The hub's name for the user. */
  readonly hubUser: string;
  /** Whether it is for one request alone, and goes with that, however often its user logs out meanwhile. */
  readonly once: boolean;
  /** When it ends by itself. */
  readonly until: Moment;
  /** Asks the hub. May reject. */
  readonly takeBack: () => Promise<void>;
}

/** Beyond these the oldest end by themselves. */
const mostRemembered = 8192;

/** Of one process, for all generations. */
export class OutstandingTokens {
  readonly #all = new Map<string, Outstanding>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(token: string, outstanding: Outstanding): void {
    const oldest = this.#all.keys().next();
    if (this.#all.size >= mostRemembered && oldest.done === false) this.#all.delete(oldest.value);
    this.#all.set(token, outstanding);
  }

  /** One that is spent. Never rejects. */
  async takeBack(token: string): Promise<void> {
    const outstanding = this.#all.get(token);
    this.#all.delete(token);
    if (outstanding !== undefined && !isSurelyPast(outstanding.until, this.#clock))
      await outstanding.takeBack().catch(() => undefined);
  }

  /** All that a user has, but for those of requests under way. Never rejects: what the hub can not be asked about ends by itself. */
  async takeBackAll(hubUser: string): Promise<void> {
    const own = [...this.#all].filter(([, each]) => each.hubUser === hubUser && !each.once);
    await Promise.all(own.map(([token]) => this.takeBack(token)));
  }
}
