/** Functions of Kubernetes' CEL that the library has not, or has in a way that is none for names. */
import { remembering } from '../http/recent-texts.ts';
import { linearPattern } from './linear-pattern.ts';

/** One function on texts. */
export interface OwnFunction {
  /** The library's function of that name stays; expressions are made to call this one. */
  readonly calledAs: string;
  /** As the library takes it. */
  readonly signature: string;
  readonly handler: (...args: string[]) => unknown;
}

const mostCharacters = 64 * 1024;

const patternOf = remembering(linearPattern, { entries: 256, characters: 64 * 1024 });

function matches(text = '', source = ''): boolean {
  const pattern = patternOf(source);
  if (pattern === null) throw new SyntaxError('is no pattern');
  return pattern(text);
}

/** Refused before it is made: a long text in the place of many short ones. */
function replace(text = '', from = '', to = ''): string {
  const parts = text.split(from);
  if (text.length + parts.length * to.length > mostCharacters) throw new RangeError('the text gets too long');
  return parts.join(to);
}

/** The letters of ASCII alone: Unicode's lower case would make `k` of a Kelvin sign, and one name of two (attack M3). */
function lowerAscii(text = ''): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase());
}

function upperAscii(text = ''): string {
  return text.replace(/[a-z]/g, letter => letter.toUpperCase());
}

/** By the name that expressions have for them. */
export const ownFunctions: ReadonlyMap<string, OwnFunction> = new Map<string, OwnFunction>([
  ['matches', { calledAs: 'matchesLinear', signature: 'string.matchesLinear(string): bool', handler: matches }],
  ['replace', { calledAs: 'replaceEach', signature: 'string.replaceEach(string, string): string', handler: replace }],
  ['lowerAscii', { calledAs: 'lowerAlone', signature: 'string.lowerAlone(): string', handler: lowerAscii }],
  ['upperAscii', { calledAs: 'upperAlone', signature: 'string.upperAlone(): string', handler: upperAscii }],
]);
