/** Functions of Kubernetes' CEL that the library has not, or has in a way that is none for names. */
import { remembering } from '../http/recent-texts.ts';
import { linearPattern } from './linear-pattern.ts';
import { charge } from './work.ts';

/** One function on texts. */
export interface OwnFunction {
  /** The library's function of that name stays; expressions are made to call this one. */
  readonly calledAs: string;
  /** As the library takes it, once for each way to call it. */
  readonly signatures: readonly string[];
  readonly handler: (...args: string[]) => unknown;
}

const mostCharacters = 64 * 1024;
const mostParts = 1000;

/** To take a character apart from others and put it together again. */
const stepsACharacter = 8;

/** Of a pattern that many states are open in at once, as counted parts make one. */
const instructionsAStep = 8;

function chargeText(characters: number): void {
  charge(characters * stepsACharacter);
}

const patternOf = remembering(linearPattern, { entries: 256, characters: 64 * 1024 });

function matches(text = '', source = ''): boolean {
  chargeText(text.length);
  const pattern = patternOf(source);
  if (pattern === null) throw new SyntaxError('is no pattern');
  charge((text.length * pattern.size) / instructionsAStep);
  return pattern(text);
}

/** Refused before it is made: a long text in the place of many short ones. */
function joined(parts: readonly string[], between: string): string {
  const length = parts.reduce((sum, part) => sum + part.length + between.length, 0);
  if (length > mostCharacters) throw new RangeError('the text gets too long');
  chargeText(length);
  return parts.join(between);
}

function replace(text = '', from = '', to = ''): string {
  chargeText(text.length);
  return joined(text.split(from), to);
}

/** Of a list from a claim the library knows no type. */
function join(list: unknown, between = ''): string {
  if (!Array.isArray(list) || !list.every(part => typeof part === 'string')) throw new TypeError('joins texts alone');
  return joined(list, between);
}

/** `limit` as Go's strings.SplitN has it: the last part is the rest, and below zero there is none. */
function split(text = '', by = '', limit: unknown = -1n): readonly string[] {
  chargeText(text.length + 1);
  const most = Number(limit);
  if (most === 0) return [];
  const parts = text.split(by, most < 0 || most > mostParts ? mostParts + 1 : undefined);
  if (most > 0 && parts.length > most) return [...parts.slice(0, most - 1), parts.slice(most - 1).join(by)];
  if (parts.length > mostParts) throw new RangeError('there are too many parts');
  return parts;
}

/** The letters of ASCII alone: Unicode's lower case would make `k` of a Kelvin sign, and one name of two (attack M3). */
function lowerAscii(text = ''): string {
  chargeText(text.length);
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase());
}

function upperAscii(text = ''): string {
  chargeText(text.length);
  return text.replace(/[a-z]/g, letter => letter.toUpperCase());
}

/** By the name that expressions have for them. */
export const ownFunctions: ReadonlyMap<string, OwnFunction> = new Map<string, OwnFunction>([
  ['matches', { calledAs: 'matchesLinear', signatures: ['string.matchesLinear(string): bool'], handler: matches }],
  [
    'replace',
    { calledAs: 'replaceEach', signatures: ['string.replaceEach(string, string): string'], handler: replace },
  ],
  ['lowerAscii', { calledAs: 'lowerAlone', signatures: ['string.lowerAlone(): string'], handler: lowerAscii }],
  ['upperAscii', { calledAs: 'upperAlone', signatures: ['string.upperAlone(): string'], handler: upperAscii }],
  [
    'split',
    {
      calledAs: 'splitFew',
      signatures: ['string.splitFew(string): list<string>', 'string.splitFew(string, int): list<string>'],
      handler: split,
    },
  ],
  [
    'join',
    {
      calledAs: 'joinFew',
      signatures: ['list<string>.joinFew(): string', 'list<string>.joinFew(string): string'],
      handler: join,
    },
  ],
]);
