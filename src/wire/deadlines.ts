/** One clock for all that waits: a timer for each of ten thousand connections would cost more than looking at them. */

/** Something that may come too late. */
export interface Waiting {
  /** In `performance.now()` milliseconds; Infinity while nothing is waited for. */
  readonly deadline: number;
  /** Called when the deadline has passed, at every look until it is moved or the waiting removed. */
  late(now: number): void;
}

/** Those that wait; a look is due every so often, so that a deadline is overrun by one such time at the most. */
export interface Deadlines {
  add(waiting: Waiting): void;
  delete(waiting: Waiting): void;
  /** Looks no more once nobody waits. */
  stop(): void;
}

const longestLookMs = 250;
const shortestLookMs = 5;

/** `shortestMs` is the shortest of the times that will be held; looks are a quarter of it apart, but at most 250 ms. */
export function openDeadlines(shortestMs: number): Deadlines {
  const all = new Set<Waiting>();
  const everyMs = Math.min(longestLookMs, Math.max(shortestLookMs, Math.ceil(shortestMs / 4)));
  const look = (): void => {
    const now = performance.now();
    for (const waiting of all) if (waiting.deadline <= now) waiting.late(now);
  };
  const timer = setInterval(look, everyMs).unref();
  let stopping = false;
  const stopWhenEmpty = (): void => {
    if (stopping && all.size === 0) clearInterval(timer);
  };
  return {
    add: waiting => void all.add(waiting),
    delete(waiting) {
      all.delete(waiting);
      stopWhenEmpty();
    },
    stop() {
      stopping = true;
      stopWhenEmpty();
    },
  };
}
