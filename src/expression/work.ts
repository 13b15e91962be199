/** Counts what evaluations do: loops multiply, so that a short expression can make hours of a token of a few kilobytes. */

/** A step costs one, as much as a character that is looked at one by one; all of it is some tenths of a second. */
const mostWork = 8 * 1024 * 1024;

let work = 0;

/** One for all: loops pass over it and throw it again, and to make one costs more than a step. */
const tooMuch = new RangeError('the expression does too much');

let shared = false;

/** What follows is another evaluation: by itself, or one of those that share. */
export function beginWork(): void {
  if (!shared) work = 0;
}

/** All evaluations in there do together what one may do: a policy may have any number of expressions on one token. */
export function shareWork<T>(evaluateAll: () => T): T {
  work = 0;
  shared = true;
  try {
    return evaluateAll();
  } finally {
    shared = false;
  }
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
