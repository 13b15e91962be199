/** Judges a run: no promise broken, memory come back, a clean end. */
import type { Test } from 'tap';
import type { Holdings } from './inspected-gate.ts';
import { type Exit, growthOf } from './rest.ts';

/** What came of a run. */
export type Report = {
  readonly broken: readonly string[];
  readonly brokenCount: number;
  readonly counts: ReadonlyMap<string, number>;
  /** At rest, after each spell. */
  readonly holdings: readonly Holdings[];
  readonly exit: Exit;
  readonly output: string;
};

const mebibyte = 1024 * 1024;

/** Between spells at rest: read buffers that are kept, what is remembered of heads and tokens up to its bounds, machine code. */
const mostGrowth = { heap: 4 * mebibyte, resident: 64 * mebibyte };

/** Asserts it all; the seed makes the run again. */
export function judge(t: Test, seed: number, { broken, brokenCount, counts, holdings, exit, output }: Report): void {
  for (const [what, count] of [...counts].sort(([one], [other]) => one.localeCompare(other))) {
    t.comment(`${String(count).padStart(9)}  ${what}`);
  }
  t.strictSame(broken, [], `${brokenCount} promises were broken (seed ${seed})`);
  const heap = growthOf(holdings, each => each.heap + each.buffers);
  t.ok(heap < mostGrowth.heap, `heap and buffers grew by ${heap} bytes`);
  const resident = growthOf(holdings, each => each.resident);
  t.ok(resident < mostGrowth.resident, `resident memory grew by ${resident} bytes`);
  t.equal(exit.code, 0);
  t.notMatch(output, /unhandled|uncaught|Warning:|"level":"fatal"/i);
}
