/** The Cookie field taken apart without losing a byte, and the names that lax parsers see in it (RFC 6265 §5.4). */
import { trimOws } from './field.ts';
import { decodeFully } from './percent.ts';
import { remembering } from './recent-texts.ts';

/** One crumb of a Cookie line. */
export interface CookiePair {
  /** What stands before the first `=`; '' where there is none. */
  readonly name: string;
  /** The crumb byte for byte, without outer whitespace. */
  readonly text: string;
}

const betweenPieces = /[\s\x00-\x20\x7f-\xa0,;"]+/;
const controls = /[\x00-\x1f\x7f-\x9f]/g;
const leadingSigns = /^[$=]+/;

function pairOf(text: string): CookiePair {
  const equals = text.indexOf('=');
  return { name: equals === -1 ? '' : trimOws(text.slice(0, equals)), text };
}

/** The crumbs of all Cookie lines in wire order; empty ones are dropped. */
export function cookiePairs(values: readonly string[]): CookiePair[] {
  return values
    .flatMap(value => value.split(';'))
    .map(trimOws)
    .filter(text => text !== '')
    .map(pairOf);
}

/** Of a line with more crumbs, what is made of it takes far more room than the line. */
const mostRememberedCrumbs = 64;

/** The crumbs of one line, for a browser that sends the same ones again and again. */
export const cookiesOfLine: (line: string) => readonly CookiePair[] = remembering(
  line => cookiePairs([line]),
  { entries: 2048, characters: 1024 * 1024 },
  pairs => pairs.length <= mostRememberedCrumbs,
);

/** A pattern for both ends would begin anew at each apostrophe in the middle. */
function withoutOuterApostrophes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === "'") start += 1;
  while (end > start && text[end - 1] === "'") end -= 1;
  return text.slice(start, end);
}

function pieceNames(reading: string): string[] {
  return reading.split(betweenPieces).flatMap(piece => {
    const [name = ''] = piece.replace(leadingSigns, '').split('=', 1);
    const plain = withoutOuterApostrophes(name.replace(controls, ''));
    return [name, plain];
  });
}

/**
 * Every name that some parser could see in a crumb, without repeats: old ones end a value at whitespace, a comma or a
 * quote (http.cookies, RFC 2965 with `$Version`), others decode percent signs, take a plus before a name for a space or skip control
 * characters (H14). In their own case: a name to refuse is compared without it, the hub's names of upper-case users are not
 * (RFC 6265 §5.3).
 */
export function namesIn(pair: CookiePair): string[] {
  const decoded = decodeFully(pair.text).text;
  // Within a name it is the hub's: users are called by addresses, `ada+lab@example.org`.
  const readings = [pair.text, decoded, decoded.replace(controls, ''), decoded.replace(/^[+\s]+/, '')];
  const names = new Set([pair.name, ...readings.flatMap(pieceNames)]);
  names.delete('');
  return [...names];
}

/** One Cookie value out of crumbs (RFC 6265 §4.2.1). */
export function joinCookies(pairs: readonly CookiePair[]): string {
  let line = '';
  for (const { text } of pairs) line += line === '' ? text : `; ${text}`;
  return line;
}
