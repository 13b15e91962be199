/** Chance that can be had again: a small generator (mulberry32) from a seed. */

/** Draws. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** Bytes of a body: mostly small, sometimes large. */
  size(): number {
    if (this.oneIn(60)) return this.between(1 << 20, 6 << 20);
    return this.oneIn(5) ? this.below(256 * 1024) : this.below(3000);
  }

  /** Another generator, so that what one worker draws does not hang on the others. */
  fork(): Chance {
    return new Chance(this.below(2 ** 31));
  }
}
