/** Bends an input that is known: words put in, pieces taken out, doubled, encoded, taken from another input. */
import type { Chance } from '../soak/chance.ts';

/** What the bends draw from. */
export interface Material {
  readonly chance: Chance;
  readonly words: readonly string[];
  /** Inputs to take pieces from; at least one. */
  readonly others: readonly string[];
}

type Bend = (input: string, material: Material) => string;

interface Range {
  readonly from: number;
  readonly to: number;
}

const marks = [...';,="\\/:.%&?#@\'*+-_~<>[]{}()|^`! \t\r\n\0\x0b\x0c\x7f\x80\x85\xa0\xad\xc0\xff', '\r\n', '\r\n\r\n'];
const numbers = [
  '0',
  '1',
  '-1',
  '00',
  '1e9',
  '65535',
  '65536',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
];

function rangeIn(input: string, { chance }: Material): Range {
  const from = chance.below(input.length + 1);
  const most = chance.oneIn(4) ? input.length : 12;
  return { from, to: Math.min(input.length, from + chance.below(most + 1)) };
}

function replaced(input: string, { from, to }: Range, by: string): string {
  return input.slice(0, from) + by + input.slice(to);
}

function inRange(change: (piece: string, material: Material) => string): Bend {
  return (input, material) => {
    const range = rangeIn(input, material);
    return replaced(input, range, change(input.slice(range.from, range.to), material));
  };
}

function atPlace(text: (material: Material) => string): Bend {
  return (input, material) => {
    const at = material.chance.below(input.length + 1);
    return replaced(input, { from: at, to: at }, text(material));
  };
}

function pieceOf(other: string, material: Material): string {
  const { from, to } = rangeIn(other, material);
  return other.slice(from, to);
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0');
}

function recased(piece: string): string {
  return piece.replace(/[a-z]/gi, letter => String.fromCharCode(letter.charCodeAt(0) ^ 0x20));
}

const spliced: Bend = (input, material) => {
  const { chance, others } = material;
  const other = chance.pick(others);
  return input.slice(0, chance.below(input.length + 1)) + other.slice(chance.below(other.length + 1));
};

const flipped: Bend = (input, { chance }) => {
  const at = chance.below(input.length + 1);
  const byte = (input.charCodeAt(at) || 0) ^ (1 << chance.below(8));
  return replaced(input, { from: at, to: at + 1 }, String.fromCharCode(byte & 0xff));
};

const renumbered: Bend = (input, { chance }) => {
  const runs = [...input.matchAll(/[0-9]+/g)];
  if (runs.length === 0) return input;
  const run = chance.pick(runs);
  return replaced(input, { from: run.index, to: run.index + run[0].length }, chance.pick(numbers));
};

const reordered: Bend = (input, { chance }) => {
  const lines = input.split('\n');
  const [taken = ''] = lines.splice(chance.below(lines.length), 1);
  return lines.toSpliced(chance.below(lines.length + 1), 0, taken, ...(chance.oneIn(2) ? [taken] : [])).join('\n');
};

/** What is read in turns costs the square of a run's length. */
const longRun = 16 * 1024;

const bends: readonly Bend[] = [
  atPlace(({ chance, words }) => chance.pick(words)),
  atPlace(({ chance, words }) => chance.pick(words)),
  atPlace(({ chance }) => chance.pick(marks)),
  inRange((_, { chance, words }) => chance.pick(words)),
  inRange((_, { chance }) => chance.pick(marks)),
  inRange(() => ''),
  inRange(piece => piece + piece),
  inRange((piece, { chance }) => piece.repeat(1 + chance.below(chance.oneIn(10) ? 2000 : 5))),
  inRange((piece, { chance }) => piece.slice(0, 1).repeat(chance.oneIn(20) ? longRun : 1 + chance.below(40))),
  inRange(recased),
  inRange(piece => piece.replace(/[\0-\xff]/g, character => `%${hex(character)}`)),
  inRange(piece => piece.replaceAll('%', '%25')),
  inRange(piece =>
    piece.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  ),
  inRange((_, material) => pieceOf(material.chance.pick(material.others), material)),
  atPlace(material => pieceOf(material.chance.pick(material.others), material)),
  spliced,
  flipped,
  renumbered,
  reordered,
];

const mostBends = 4;

/** Bends the input one to four times. */
export function bent(input: string, material: Material): string {
  const { chance } = material;
  let text = input;
  for (let left = chance.between(1, mostBends); left > 0; left -= 1) text = chance.pick(bends)(text, material);
  return text;
}
