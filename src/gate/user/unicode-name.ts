/**
 * Names beyond ASCII (`user.unicode`): which are names at all, after RFC 8265 and UTS 39 §5.2 "Highly Restrictive", and
 * which could be taken for another's (attacks M2, M3).
 */
import type { UnicodeRules } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import { skeleton } from './skeleton.ts';
import { allowedInNames } from './unicode-tables.ts';

/** What no name holds, the first that applies says so in the audit line; looked for before anything is normalised. */
const neverInNames: readonly (readonly [what: RegExp, fault: string])[] = [
  [/\p{Cs}/u, 'the name is no well-formed Unicode'],
  [/\p{Cc}/u, 'the name holds a control character'],
  [/\p{Bidi_Control}/u, 'the name holds a character that turns the direction of text'],
  [/\p{Default_Ignorable_Code_Point}|\p{Cf}/u, 'the name holds a character that can not be seen'],
  [/\p{Co}/u, 'the name holds a private-use character'],
  [/\p{Cn}/u, 'the name holds an unassigned character'],
  // All that canonical normalisation alone turns into ASCII: Greek question mark and varia, Kelvin sign.
  [/[\u037e\u1fef\u212a]/u, 'the name holds a character that normalisation makes ASCII'],
  [/[^\x21-\x7e\p{L}\p{M}\p{N}]/u, 'the name holds a space, symbol or punctuation beyond ASCII'],
];

/** UAX 31 table 5, by their ISO 15924 names: no other script has an allowed character. */
const scripts =
  'Arab Armn Beng Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hani Hebr Hira Kana Khmr Knda Laoo Latn Mlym Mymr Orya Sinh Taml Telu Thaa Thai Tibt';

/** What is written together: Latin among Chinese, Japanese or Korean, and no other mixture. */
const together = ['Latn Hani Hira Kana', 'Latn Hani Hang'];

const classOf = (names: string): string => names.replace(/\S+/g, '\\p{Script_Extensions=$&}').replaceAll(' ', '');

/** Common and inherited characters, such as ASCII digits and separators, go with every script. */
const oneWriting = [...scripts.split(' '), ...together].map(names => `[${classOf(`${names} Zyyy Zinh`)}]+`).join('|');
const isOneWriting = new RegExp(`^(?:${oneWriting})$`, 'u');

const rightToLeft = /[\p{Script=Arab}\p{Script=Hebr}\p{Script=Thaa}]/u;

/** RFC 5893 §2, for a name of one script: what begins or ends with something else shows in another order than it has. */
const isFramed = /^\p{L}(?:.*[\p{L}\p{Nd}])?\p{M}*$/u;

/** UTS 39 §5.4, of a decomposed name: a mark that nothing carries, one on itself, or a pile on one letter. */
const oddMarks = /^\p{M}|(\p{Mn})\1|\p{Mn}{5}/u;

/** A dot over what has one, as in the lower case of İ, can not be seen either. */
const hiddenDot = /[\p{Soft_Dotted}ıȷl]\p{Mn}*\u0307/u;

function compileAllowed(): RegExp {
  const ranges = allowedInNames.trim().replace(/[0-9a-f]+/g, '\\u{$&}');
  return new RegExp(`^[\\x21-\\x7e${ranges.replace(/\s+/g, '')}]+$`, 'u');
}

/** Compiled on first use: most gates never meet a name beyond ASCII. */
let allowed: RegExp | undefined;

/** Decimal digits come in runs of ten, and the runs of allowed digits stand further apart than nine. */
function mixesDigits(name: string): boolean {
  const digits = Array.from(name.match(/\p{Nd}/gu) ?? [], digit => digit.codePointAt(0) ?? 0);
  return digits.length > 0 && Math.max(...digits) - Math.min(...digits) > 9;
}

/** Lower case, in NFC again. */
export function lowerCaseName(name: string): string {
  return name.toLowerCase().normalize('NFC');
}

function faultOf(raw: string, name: string): string | null {
  for (const [what, fault] of neverInNames) if (what.test(raw)) return fault;
  if (name.normalize('NFKC') !== name) return 'the name holds a compatibility form of another character';
  allowed ??= compileAllowed();
  const lower = lowerCaseName(name);
  if (!allowed.test(name) || !allowed.test(lower))
    return 'the name holds a character that UTS 39 keeps out of identifiers';
  if (oddMarks.test(name.normalize('NFD'))) return 'the name has marks on nothing, or piled up';
  if (hiddenDot.test(lower)) return 'the name has a dot over what has one';
  if (!isOneWriting.test(name)) return 'the name mixes scripts';
  if (mixesDigits(name)) return 'the name mixes digits of different systems';
  return rightToLeft.test(name) && !isFramed.test(name) ? 'the name does not keep its direction' : null;
}

/** The name in NFC, or why it is none. Printable ASCII is always one. */
export function unicodeName(raw: string): string | Refusal {
  const name = raw.normalize('NFC');
  const fault = faultOf(raw, name);
  return fault === null ? name : refuse('user-invalid', fault);
}

/** Greek writes ς at a word's end and σ elsewhere; the other spelling is the same word to whoever folds case. */
const oddSigma = /(?<=[\p{L}\p{M}])\u03c3(?![\p{L}\p{M}])|\u03c2(?=[\p{L}\p{M}])|(?<![\p{L}\p{M}])\u03c2/u;

/** Case folding makes ss of ß and i of ı (M3), and one letter of both sigmas. */
function foldsAway(lower: string): boolean {
  const oneSigma = lower.replaceAll('ς', 'σ');
  return oddSigma.test(lower) || lowerCaseName(oneSigma.toUpperCase()).replaceAll('ς', 'σ') !== oneSigma;
}

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

/** Whether a name beyond ASCII, as `unicodeName` gave it, could be taken for another; null where it could not. */
export function doubtOf(name: string, { lookalikes }: Pick<UnicodeRules, 'lookalikes'>): Refusal | null {
  const lower = lowerCaseName(name);
  if (foldsAway(lower)) return refuse('user-ambiguous', 'the name is another one where case is folded');
  const looks = skeleton(lower);
  if (isAscii(looks) || isAscii(skeleton(name))) return refuse('user-ambiguous', 'the name looks like an ASCII name');
  const listed = lookalikes.get(looks);
  if (listed === undefined || listed.has(lower)) return null;
  return refuse('user-ambiguous', 'the name looks like another one in the config');
}
