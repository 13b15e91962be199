/** Clocks that tests hold in their hands. */
import { type Clock, machineClock } from '../../src/clock.ts';

/** A machine's clocks: time passes on both, and whoever sets the wall's leaves the other alone. */
export interface SettableClock extends Clock {
  readonly pass: (ms: number) => void;
  /** By so much, either way, as NTP or a hypervisor does. */
  readonly step: (ms: number) => void;
}

/** Stands still but for what a test does; `wall` is what it says first. */
export function settableClock(wall: number): SettableClock {
  return setAgainst({ wall: () => wall, steady: () => 0 });
}

/** Goes on as the machine's does beside what a test does. */
export function runningClock(): SettableClock {
  return setAgainst(machineClock);
}

function setAgainst({ wall, steady }: Clock): SettableClock {
  let stepped = 0;
  let passed = 0;
  return {
    wall: () => wall() + stepped + passed,
    steady: () => steady() + passed,
    pass(ms) {
      passed += ms;
    },
    step(ms) {
      stepped += ms;
    },
  };
}

/** One that nobody sets: both say the same. */
export function clockBy(now: () => number): Clock {
  return { wall: now, steady: now };
}
