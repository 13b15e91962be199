/** What is kept in buffers, counted by the memory behind them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes behind buffers, garbage not counted. */
function held(): number {
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** By how many bytes a hundred calls of `keep` have what is held grow, amid other work that takes memory from what Node shares out. */
export function grownBy(keep: (at: number) => void): number {
  const before = held();
  for (let at = 0; at < 100; at += 1) {
    keep(at);
    for (let other = 0; other < 64; other += 1) Buffer.from('x'.repeat(1024));
  }
  return held() - before;
}
