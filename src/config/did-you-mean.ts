/** Finds the known word that was probably meant. */

/** Letters to change, add, drop or swap with their neighbour to get from one word to the other (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const costs = [
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      ];
      line.push(Math.min(...costs));
    }
    before = above;
    above = line;
  }
  return above[to.length] ?? 0;
}

const LONGEST = 64;
const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9.]/g, '');

/** `warning` is `warn`; fewer letters than three are the beginning of anything. */
function beginsTheOther(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= 3 && (one.startsWith(other) || other.startsWith(one));
}

/** The nearest of `known`, or `null` where none is near: a third of the letters may differ, or one begins with the other; case and punctuation do not count. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  let best: string | null = null;
  let least = Math.max(1, Math.floor(plain(word).length / 3)) + 1;
  for (const candidate of known) {
    const letters = distance(plain(word), plain(candidate));
    const far = beginsTheOther(plain(word), plain(candidate)) ? Math.min(1, letters) : letters;
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}
