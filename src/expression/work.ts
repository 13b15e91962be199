/** Counts what one evaluation does: loops multiply, so that a short expression can make hours of a token of a few kilobytes. */

/** A step costs one, as much as a character that is looked at one by one; all of it is some tenths of a second. */
const mostWork = 8 * 1024 * 1024;

let work = 0;

/** One for all: loops pass over it and throw it again, and to make one costs more than a step. */
const tooMuch = new RangeError('the expression does too much');

/** What follows is another evaluation. */
export function beginWork(): void {
  work = 0;
}

/** Whether the evaluation did more than it may: `||`, `&&`, `all` and `exists` pass over a fault where another part decides. */
export function didTooMuch(): boolean {
  return work > mostWork;
}

/** Throws once it is too much, and from then on each time, so that loops inside of loops end as well. */
export function charge(steps: number): void {
  work += steps;
  if (didTooMuch()) throw tooMuch;
}
