/** Counts what one evaluation does: loops multiply, so that a short expression can make hours of a token of a few kilobytes. */

/** A step costs one, as much as a character that is looked at one by one; all of it is a fraction of a second. */
const mostWork = 16 * 1024 * 1024;

let work = 0;

/** What follows is another evaluation. */
export function beginWork(): void {
  work = 0;
}

/** Whether the evaluation did more than it may: a loop may have gone on over the error, so what it gave does not count. */
export function didTooMuch(): boolean {
  return work > mostWork;
}

/** Throws once it is too much, and from then on each time, so that loops inside of loops end as well. */
export function charge(steps: number): void {
  work += steps;
  if (didTooMuch()) throw new RangeError('the expression does too much');
}
