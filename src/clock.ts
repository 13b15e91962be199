/** What the time is and how much of it has passed, which are two questions: whoever sets the machine's clock changes the one answer alone. */

/** The machine's two clocks. */
export interface Clock {
  /** Milliseconds since the epoch. It may be set, either way and by any time: for dates that stand in what others have written. */
  readonly wall: () => number;
  /** Milliseconds that have passed since some start. It never goes back, but may stand still while the machine sleeps. */
  readonly steady: () => number;
}

/** This machine's. */
export const machineClock: Clock = { wall: () => Date.now(), steady: () => performance.now() };

/** One that stands still, for who asks what would be at some time. */
export function stoppedClock(wall: number): Clock {
  return { wall: () => wall, steady: () => 0 };
}

/** One point in time on both clocks. */
export interface Moment {
  readonly wall: number;
  readonly steady: number;
}

/** Always past. */
export const longAgo: Moment = { wall: Number.NEGATIVE_INFINITY, steady: Number.NEGATIVE_INFINITY };

/** A point in time that never comes. */
export const never: Moment = { wall: Number.POSITIVE_INFINITY, steady: Number.POSITIVE_INFINITY };

/** The moment that the wall clock calls so, as things stand. */
export function momentAt(wall: number, clock: Clock): Moment {
  return { wall, steady: clock.steady() + (wall - clock.wall()) };
}

/** The moment so many milliseconds from now. */
export function momentIn(ms: number, clock: Clock): Moment {
  return later({ wall: clock.wall(), steady: clock.steady() }, ms);
}

/** The moment so many milliseconds after another. */
export function later({ wall, steady }: Moment, ms: number): Moment {
  return { wall: wall + ms, steady: steady + ms };
}

/** The same moment, or one as far from it as the wall says: where the clock was set meanwhile, both are as wrong by it. */
export function movedTo(wall: number, moment: Moment): Moment {
  return wall === moment.wall ? moment : later(moment, wall - moment.wall);
}

/** By either clock: what was believed until then is believed no more, whichever of them is wrong. */
export function mayBePast({ wall, steady }: Moment, clock: Clock): boolean {
  // Written so that what is no number is past.
  return !(clock.steady() < steady && clock.wall() < wall);
}

/** How long until either clock calls a moment past. */
export function remaining({ wall, steady }: Moment, clock: Clock): number {
  return Math.min(wall - clock.wall(), steady - clock.steady());
}

/** By both clocks: what had to be remembered until then, so that it counts once, may be forgotten. */
export function isSurelyPast({ wall, steady }: Moment, clock: Clock): boolean {
  return clock.steady() >= steady && clock.wall() >= wall;
}
