/** Names beyond ASCII: what is one, what is not and why, and what could be taken for another (M2, M3, UTS 39, RFC 8265). */
import fc from 'fast-check';
import t from 'tap';
import { isRefusal } from '../../../src/gate/reasons.ts';
import { skeleton } from '../../../src/gate/user/skeleton.ts';
import { doubtOf, lowerCaseName, unicodeName } from '../../../src/gate/user/unicode-name.ts';
import { allowedInNames } from '../../../src/gate/user/unicode-tables.ts';

const none: ReadonlyMap<string, ReadonlySet<string>> = new Map();

function faultOf(raw: string): string | null {
  const name = unicodeName(raw);
  return typeof name === 'string' ? null : `${name.reason}: ${name.detail}`;
}

function doubtAbout(name: string, lookalikes = none): string | null {
  return doubtOf(name, { lookalikes })?.detail ?? null;
}

/** As code points: some of these characters would end a line of the report. */
const shown = (raw: string): string => Array.from(raw, one => (one.codePointAt(0) ?? 0).toString(16)).join(' ');

const names: readonly (readonly [raw: string, rule: string])[] = [
  ['jürgen', 'Latin'],
  ['josé.garcía-2', 'Latin with ASCII digits and separators'],
  ['łukasz', 'Latin with a letter that no decomposition has'],
  ['nguyễn', 'Latin with two marks on a letter'],
  ['иван', 'Cyrillic'],
  ['γιώργος.παπάς', 'Greek'],
  ['հայկ', 'Armenian'],
  ['ლუკა', 'Georgian'],
  ['דוד', 'Hebrew'],
  ['محمد', 'Arabic'],
  ['محمد٢', 'Arabic with Arabic digits at the end'],
  ['दीपक', 'Devanagari with vowel signs'],
  ['สมชาย', 'Thai'],
  ['李小龍', 'Han'],
  ['김철수', 'Hangul'],
  ['さくら', 'Hiragana'],
  ['タナカ', 'Katakana'],
  ['サーバー', 'a length mark that two scripts share'],
  ['田中さくら', 'Japanese'],
  ['lab田中', 'Latin and Japanese'],
  ['lab김', 'Latin and Korean'],
];

for (const [raw, rule] of names) {
  t.test(`takes ${rule}`, async t => {
    t.equal(faultOf(raw), null);
    t.equal(unicodeName(raw.normalize('NFD')), raw, 'in NFC, however it came');
    t.equal(unicodeName(raw), raw);
    t.equal(doubtAbout(raw), null);
  });
}

const faults: readonly (readonly [fault: string, ...raw: string[]])[] = [
  ['the name is no well-formed Unicode', 'j\ud800', '\udc00ü'],
  ['the name holds a control character', 'ü\n', 'ü\x00', 'ü\x85', 'ü\x7f'],
  [
    'the name holds a character that turns the direction of text',
    ...['\u202e', '\u2066', '\u2069', '\u200e', '\u200f', '\u061c'].map(mark => `a${mark}ü`),
  ],
  [
    'the name holds a character that can not be seen',
    // ZWSP, ZWNJ, ZWJ, soft hyphen, BOM, word joiner, variation selectors, Hangul fillers, CGJ, tags
    ...['\u200b', '\u200c', '\u200d', '\u00ad', '\ufeff', '\u2060', '\ufe0f', '\u{e0100}', '\u115f', '\u3164'],
    ...['\u034f', '\u{e0041}', '\u{1d173}'].map(mark => `alice${mark}`),
    'क\u200dष',
    'می\u200cخواهم',
  ],
  ['the name holds a private-use character', '\ue000', 'a\u{f0000}', '\u{10fffd}'],
  ['the name holds an unassigned character', '\u0378', 'a\u{1fffe}', '\uffff'],
  ['the name holds a character that normalisation makes ASCII', '\u212aate', 'a\u037eb', '\u1fef'],
  [
    'the name holds a space, symbol or punctuation beyond ASCII',
    ...['ü ', 'a\u00a0b', 'a\u3000b', 'a\u2028b', 'a\u2019b', 'a\u2010b', 'l\u00b7l', 'a\u30fbb', '😀', '™', 'a；b'],
  ],
  [
    'the name holds a compatibility form of another character',
    ...['ａｌｉｃｅ', '１２', 'ﬁona', 'ⅳ', 'ªb', 'x²', 'ſam', 'µ', '𝐚lice', 'ŉ', 'ǆ', 'ﻣ', 'ｱ', 'և', 'ﬀ', 'ϐ', 'ϲ'],
  ],
  [
    'the name holds a character that UTS 39 keeps out of identifiers',
    // Cherokee, Gothic, Coptic, IPA, a letter of Old Cyrillic, ideographic zero, and what only lower case composes
    ...['Ꭺlice', '𐌰', 'ⲁ', 'ɑlice', 'ꙗ', '〇', 'ㄅ', 'H\u0331', '\u1e96', 'ǃ', 'ᴀlice'],
  ],
  [
    'the name has marks on nothing, or piled up',
    '\u0301a',
    'ü\u0308',
    'a\u0301\u0301',
    'a\u0301\u0302\u0303\u0304\u0306',
  ],
  [
    'the name has a dot over what has one',
    'admi\u0307n',
    'İstanbul',
    'ı\u0307',
    'j\u0307',
    'i\u0323\u0307',
    'jal\u0307',
  ],
  [
    'the name mixes scripts',
    ...['аlice', 'ivan.иванов', 'αlice', 'דודb', 'محمدb', 'иα', 'हb', 'カह', '李김さ', 'аb', 'ааաа', 'x\u0430\u0301'],
  ],
  ['the name mixes digits of different systems', 'م٢۲', 'م2٢', 'क1२', 'م٢1'],
  ['the name does not keep its direction', '1דוד', 'דוד-', '-دد', '٢م', 'דוד.'],
];

for (const [fault, ...raw] of faults) {
  t.test(`refuses: ${fault}`, async t => {
    for (const one of raw) t.equal(faultOf(one), `user-invalid: ${fault}`, shown(one));
  });
}

t.test('the audit line says nothing of the name itself', async t => {
  for (const raw of faults.flatMap(([, ...each]) => each)) t.match(faultOf(raw), /^[\x20-\x7e]+$/);
});

const doubts: readonly (readonly [doubt: string, ...names: string[]])[] = [
  [
    'the name looks like an ASCII name',
    // Whole in Cyrillic, Greek, Armenian, Hebrew, Arabic and Han; and Latin that stands for other Latin
    ...[
      'сосо',
      'раура',
      'ѕсоре',
      'СОСО',
      'НЕВА',
      'ГОРА',
      'ο',
      'νο',
      'օ',
      'ס',
      'اه',
      '丶丿',
      'lærke',
      'œ',
      'þor',
      'oʼhara',
    ],
  ],
  [
    'the name is another one where case is folded',
    // sharp s, dotless i, iota subscript, and sigmas where no Greek writes them
    ...['weiß', 'WEIẞ', 'yıldız', 'ᾳ', 'γιώργοσ', 'ςοφια', 'γιώργοσ.παπάς', 'αςα'],
  ],
];

for (const [doubt, ...each] of doubts) {
  t.test(`doubts: ${doubt}`, async t => {
    for (const name of each) {
      t.equal(faultOf(name), null, `${name} is a name by itself`);
      t.equal(doubtAbout(name), doubt, name);
    }
  });
}

t.test('lower case is in NFC, and Greek has its final sigma', async t => {
  t.equal(lowerCaseName('JÜRGEN'), 'jürgen');
  t.equal(lowerCaseName('ΓΙΏΡΓΟΣ'), 'γιώργος');
  t.equal(lowerCaseName('ΜΑΪ\u0301Α'), 'μα\u0390α');
});

t.test('a name that looks like one in the config is doubted, and that one is not', async t => {
  const listed = 'işık';
  const lookalikes = new Map([[skeleton(listed), new Set([listed])]]);
  t.equal(doubtAbout('işik', lookalikes), 'the name looks like another one in the config');
  t.equal(doubtAbout('işik'), null);
  const listedToo = new Map([[skeleton(listed), new Set([listed, 'işik'])]]);
  t.equal(doubtAbout('işik', listedToo), null);
});

const everyCharacter = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter(code => code < 0xd800 || code > 0xdfff)
  .map(code => String.fromCodePoint(code));

const allowedCharacters = allowedInNames
  .trim()
  .split(/\s+/)
  .flatMap(range => {
    const [first = 0, last = first] = range.split('-').map(hex => Number.parseInt(hex, 16));
    return Array.from({ length: last - first + 1 }, (_, at) => String.fromCodePoint(first + at));
  });

t.test('no character beyond ASCII is a name that becomes ASCII, in NFC or in another case', async t => {
  const becoming = everyCharacter.filter(character => {
    if (character <= '\x7f') return false;
    const name = unicodeName(`a${character}`);
    return typeof name === 'string' && /^[\x00-\x7f]*$/.test(lowerCaseName(name));
  });
  t.same(becoming, []);
});

t.test('a character that is taken is an allowed one, and keeps its form', async t => {
  const taken = everyCharacter.filter(one => one > '\x7f' && typeof unicodeName(one) === 'string');
  t.ok(taken.length > 30_000);
  const allowed = new Set(allowedCharacters);
  const odd = taken.filter(one => {
    const name = one.normalize('NFC');
    return name.normalize('NFKC') !== name || !Array.from(name).every(each => allowed.has(each));
  });
  t.same(odd, []);
});

t.test('the table is the engine’s: letters, marks and digits of scripts that the rules know', async t => {
  const assigned = allowedCharacters.filter(one => !/\p{Cn}/u.test(one));
  t.ok(assigned.length > 33_000);
  t.same(
    assigned.filter(one => !/[\p{L}\p{M}\p{Nd}]/u.test(one) || one.normalize('NFKC') !== one),
    [],
  );
  const letters = assigned.filter(one => /\p{L}/u.test(one));
  t.same(
    letters.filter(one => faultOf(one) === 'user-invalid: the name mixes scripts'),
    [],
  );
});

t.test('runs of allowed digits stand further apart than nine', async t => {
  const digits = allowedCharacters.filter(one => /\p{Nd}/u.test(one)).map(one => one.codePointAt(0) ?? 0);
  const starts = digits.filter(code => !digits.includes(code - 1));
  for (const start of starts) {
    t.ok(digits.includes(start + 9) && !digits.includes(start + 10), start.toString(16));
    t.notOk(starts.some(other => other > start && other <= start + 18));
  }
});

/** Letters that look alike, fold alike or compose, among some that do not. */
const tricky = 'aаαɑoоοօссcеepрρixхiıіjјʼßsſKkКķüu\u0308\u0301\u0307żσςΣØøæ0٠1lІ-.日口ロ力カ'.normalize('NFD');
const trickyName = fc.string({ unit: fc.constantFrom(...tricky), minLength: 1, maxLength: 4 });

/** What a gate in lower case would take: its name for the hub. */
function taken(raw: string): string | null {
  const name = unicodeName(raw);
  if (typeof name !== 'string') return null;
  const lower = lowerCaseName(name);
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return doubtAbout(lower) === null ? lower : null;
}

t.test('what is taken stays as it is: read again, folded, and beside ASCII', async t => {
  fc.assert(
    fc.property(trickyName, raw => {
      const name = taken(raw);
      if (name === null) return;
      if (taken(name) !== name) throw new Error('is another name the second time');
      if (/^[\x00-\x7f]*$/.test(name)) return;
      if (/^[\x00-\x7f]*$/.test(skeleton(name))) throw new Error('looks like ASCII');
      const folded = lowerCaseName(name.toUpperCase());
      if (folded.replaceAll('ς', 'σ') !== name.replaceAll('ς', 'σ')) throw new Error('folds into another name');
    }),
    { numRuns: 20_000 },
  );
  t.pass();
});

t.test('two names that are one in another case are one name', async t => {
  const byFold = new Map<string, string>();
  fc.assert(
    fc.property(trickyName, raw => {
      const name = taken(raw);
      if (name === null || /^[\x00-\x7f]*$/.test(name)) return;
      const fold = lowerCaseName(name.toUpperCase()).replaceAll('ς', 'σ');
      const other = byFold.get(fold) ?? name;
      byFold.set(fold, other);
      if (other !== name) throw new Error(`${other} and ${name} are one where case is folded`);
    }),
    { numRuns: 20_000 },
  );
  t.ok(byFold.size > 100);
});

t.test('a refusal is one', async t => {
  const outcome = unicodeName('\u202e');
  t.ok(typeof outcome === 'object' && isRefusal(outcome));
});
