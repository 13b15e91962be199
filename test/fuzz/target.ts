/** What a fuzz target is: inputs of one kind, and what must hold whatever they are. Inputs are latin1 text, a byte a character. */
import type fc from 'fast-check';
import type { Breach } from '../differential/campaign.ts';

/** One part of the gate that takes hostile bytes. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs of the right structure, bent here and there. */
  readonly grammar: fc.Arbitrary<string>;
  /** What means something to this part. */
  readonly words: readonly string[];
  /** Longer inputs are cut. */
  readonly mostBytes: number;
  /** Of the thread's own time for one input; more is a cost that grows faster than its input. */
  readonly mostMs: number;
  /** Throws what `demand` throws where something does not hold; anything else that is thrown is a crash. */
  check(input: string): void | Promise<void>;
}

class Breached extends Error {
  readonly rule: string;

  constructor(rule: string, shown: readonly unknown[]) {
    super(JSON.stringify(shown));
    this.rule = rule;
  }
}

/** Says that a rule must hold here; `shown` is what to look at where it does not. */
export function demand(holds: boolean, rule: string, ...shown: readonly unknown[]): asserts holds {
  if (!holds) throw new Breached(rule, shown);
}

/** The same for two values that must be one, as JSON. */
export function demandSame(found: unknown, wanted: unknown, rule: string, ...shown: readonly unknown[]): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Breached(rule, [{ found, wanted }, ...shown]);
}

const sourceFrame = /\/src\/[^\s)]*?\.ts/;

function breachOf(error: unknown): Breach {
  if (error instanceof Breached) return { rule: error.rule, kind: '', detail: error.message };
  const { name = 'no error', message = String(error), stack = '' } = error instanceof Error ? error : {};
  return { rule: 'never throws', kind: `${name} in ${sourceFrame.exec(stack)?.[0] ?? 'the oracle'}`, detail: message };
}

/** Milliseconds that this thread has worked: what others do on a busy machine does not count. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function once(target: FuzzTarget, input: string): Promise<{ breach: Breach | null; tookMs: number }> {
  const before = workedMs();
  try {
    await target.check(input);
    return { breach: null, tookMs: workedMs() - before };
  } catch (error) {
    return { breach: breachOf(error), tookMs: 0 };
  }
}

/** Once more for each time that something else than the input may have cost: a collection of garbage, code that is compiled. */
const slowTimes = 3;

/** What does not hold for the input; null where all does. */
export async function attempt(target: FuzzTarget, input: string): Promise<Breach | null> {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < slowTimes; time += 1) {
    const { breach, tookMs } = await once(target, input);
    least = Math.min(least, tookMs);
    if (breach !== null || least <= target.mostMs) return breach;
  }
  const detail = `${Math.round(least)} ms for ${input.length} bytes, of ${target.mostMs}`;
  return { rule: 'takes its time by the size of the input', kind: '', detail };
}

/** One of the list, by the number that stands in an input. */
export function chosen<T>(list: readonly T[], digits: string): T {
  const [number = '0'] = /^\d{1,6}/.exec(digits) ?? [];
  const found = list[Number(number) % list.length];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}
