/** Which code of the gate has run, character by character, by V8's own counters. */
import { type Profiler, Session } from 'node:inspector';

/** Looks at what has run since it was last asked. */
export interface Coverage {
  /** Whether code has run that no `learn` has seen. */
  isNews(): boolean;
  /** The same; and nothing of it is news any more. */
  learn(): boolean;
  /** Forgets what was learned. */
  forget(): void;
  /** Characters of code that were learned. */
  readonly size: number;
}

type Ranges = readonly Profiler.CoverageRange[];

/** For each character of the function: whether it has run. Inner ranges come behind outer ones. */
function painted(ranges: Ranges, from: number, to: number): Uint8Array {
  const ran = new Uint8Array(to - from);
  for (const { startOffset, endOffset, count } of ranges)
    ran.fill(count > 0 ? 1 : 0, startOffset - from, endOffset - from);
  return ran;
}

class Learned {
  readonly #functions = new Map<string, Uint8Array>();
  size = 0;

  /** Characters of the function that have run and were not known. */
  merge(key: string, ran: Uint8Array, keeps: boolean): number {
    const known = this.#functions.get(key) ?? new Uint8Array(ran.length);
    const fresh = ran.reduce((sum, each, at) => sum + (each === 1 && known[at] === 0 ? 1 : 0), 0);
    if (!keeps || fresh === 0) return fresh;
    this.#functions.set(
      key,
      Uint8Array.from(ran, (each, at) => each | (known[at] ?? 0)),
    );
    this.size += fresh;
    return fresh;
  }
}

/** Counts from now on, in the scripts whose URL begins so. */
export function startCoverage(urlPrefix: string): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  let learned = new Learned();
  const take = (keeps: boolean): boolean => {
    let fresh = 0;
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      for (const { url, functions } of result.filter(script => script.url.startsWith(urlPrefix))) {
        for (const { ranges } of functions) {
          const [{ startOffset = 0, endOffset = 0, count = 0 } = {}] = ranges;
          const key = `${url} ${startOffset} ${endOffset}`;
          if (count > 0) fresh += learned.merge(key, painted(ranges, startOffset, endOffset), keeps);
        }
      }
    });
    return fresh > 0;
  };
  return {
    isNews: () => take(false),
    learn: () => take(true),
    forget() {
      take(true);
      learned = new Learned();
    },
    get size() {
      return learned.size;
    },
  };
}
