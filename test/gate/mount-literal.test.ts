/** The Mount header, read back by the Pythons that plugins read it with (M1). */
import fc from 'fast-check';
import t from 'tap';
import { type MountEncoding, readMount, writeMount } from '../../src/hub/mount.ts';
import { findPythons } from '../clients/pythons.ts';

const awkward = [
  '',
  "'",
  '"',
  '\\',
  "\\'",
  '\\x41',
  '\n',
  '\r\nRemote-User: root',
  '\0',
  '\x7f',
  '\x80\xa0\xff',
  '{user}',
  '{}#comment',
  "'''",
  '%s',
  '\\N{BULLET}',
  'jürgen',
  '\u2028\u2029\ufeff',
  '\ufffe\uffff',
  '\ud7ff\ue000',
  '😀',
  '\u{10000}\u{10ffff}',
  "-----BEGIN KEY-----\nabc'd\\e\n-----END KEY-----\n",
  `${'-'.repeat(400)}1`,
  '('.repeat(400),
  '1+'.repeat(200),
];

const marks = [...awkward, '\t', '\f', '\v', '\x1a', '\x1b[2J', '},', "': '", 'b', 'u', 'f', 'r'];

const text = fc.oneof(
  fc.constantFrom(...awkward),
  fc.array(fc.constantFrom(...marks), { maxLength: 6 }).map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
);

type Written = Readonly<Record<string, string>>;

const further = ['PORT', 'A', 'Z_9'] as const;
const four = { HOST: text, USERNAME: text, PATH: text, MOUNTSSHPRIVATEKEY: text };
const mount: fc.Arbitrary<Written> = fc.record({ ...four, PORT: text, A: text, Z_9: text });

/** Evaluates every source and says at which places it did not give the very strings, in their order. */
const readBack = `
import ast, json, sys
rows = json.load(sys.stdin)
read = {'python': ast.literal_eval, 'json': json.loads}
def same(given, wanted):
    return type(given) is dict and list(given.items()) == list(wanted.items()) and all(type(v) is str for v in given.values())
print(json.dumps([at for at, (how, source, wanted) in enumerate(rows) if not same(read[how](source), wanted)]))
`;

function sourceOf(each: Written, encoding: MountEncoding, keys: readonly string[] = []): string {
  const read = readMount(each, keys);
  if ('reason' in read) throw new Error(read.detail);
  const source = writeMount(read, encoding);
  if (typeof source !== 'string') throw new Error(source.detail);
  return source;
}

const pythons = findPythons();
const plain = { HOST: 'h', USERNAME: 'u', PATH: 'p', MOUNTSSHPRIVATEKEY: 'k' };

t.test('reads back to exactly the same strings, in ASCII, on one line', async t => {
  const single = awkward.map(PATH => ({ each: { ...plain, PATH }, keys: [] as readonly string[] }));
  const several = fc.sample(mount, 600).map(each => ({ each, keys: further as readonly string[] }));
  const rows = [...single, ...several].flatMap(({ each, keys }) =>
    (['python', 'json'] as const).map(encoding => [encoding, sourceOf(each, encoding, keys), each] as const),
  );
  t.same(
    rows.filter(([, source]) => !/^[\x20-\x7e]*$/.test(source)),
    [],
  );
  for (const python of pythons)
    t.equal(python.run(readBack, JSON.stringify(rows)).trim(), '[]', `Python ${python.version}`);
});

t.test('refuses what has no such source', async t => {
  const rows: readonly (readonly [rule: string, value: unknown])[] = [
    ['nothing', null],
    ['text', "{'HOST': 'h'}"],
    ['a list', [plain]],
    ['a missing key', { HOST: 'h', USERNAME: 'u', PATH: 'p' }],
    ['a key that is only inherited', Object.create(plain)],
    ['a key of its own', { ...plain, EXTRA: '' }],
    ['__proto__ as a key', JSON.parse(`{"__proto__": {}, ${JSON.stringify(plain).slice(1)}`)],
    ['a key in lower case', { ...plain, host: 'h' }],
    ['a key with a line end', { ...plain, 'HOST\n': 'h' }],
    ['a number', { ...plain, PATH: 7 }],
    ['nothing in place of a string', { ...plain, PATH: null }],
    ['an object in place of a string', { ...plain, PATH: { toString: 'x' } }],
    ['a lone surrogate', { ...plain, PATH: '\ud800' }],
    ['a lone surrogate at an end', { ...plain, MOUNTSSHPRIVATEKEY: 'k\udfff' }],
    ['surrogates the wrong way round', { ...plain, HOST: '\ude00\ud83d' }],
  ];
  for (const [rule, value] of rows) t.match(readMount(value), { reason: 'data-invalid' }, rule);
  t.match(readMount(plain, ['PORT']), { reason: 'data-invalid' }, 'a key of the config that is not there');
});

t.test('refuses half of a surrogate pair wherever it stands', async () => {
  const half = fc.integer({ min: 0xd800, max: 0xdfff }).map(code => String.fromCharCode(code));
  const broken = fc.tuple(fc.string(), half, fc.string()).map(parts => parts.join(''));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(plain)), broken, (key, value) => {
      const read = readMount({ ...plain, [key]: value });
      return 'reason' in read && read.reason === 'data-invalid' && !read.detail.includes(value);
    }),
  );
});

t.test('says until when it holds, and does not write it', async t => {
  const rows: readonly (readonly [expiresAt: unknown, milliseconds: number | null])[] = [
    [undefined, null],
    [1_700_000_000, 1_700_000_000_000],
    [1_700_000_000.25, 1_700_000_000_250],
    ['2026-11-26T01:02:03Z', Date.UTC(2026, 10, 26, 1, 2, 3)],
    ['2026-11-26t03:02:03.5+02:00', Date.UTC(2026, 10, 26, 1, 2, 3, 500)],
    ['2028-02-29T00:00:00-00:30', Date.UTC(2028, 1, 29, 0, 30)],
  ];
  for (const [expiresAt, milliseconds] of rows) {
    const read = readMount(expiresAt === undefined ? plain : { ...plain, expiresAt });
    t.match(read, { expiresAt: milliseconds }, String(expiresAt));
    t.notMatch('entries' in read && writeMount(read, 'python'), /expiresAt/);
  }
  const wrong = [null, '', 'soon', '1700000000', true, {}, -1, 1e300, Number.NaN, '2026-11-26', '2026-11-26T01:02:03'];
  const days = ['2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-26T24:00:00Z', '2026-11-26 01:02:03Z'];
  for (const expiresAt of [...wrong, ...days])
    t.match(readMount({ ...plain, expiresAt }), { reason: 'data-invalid' }, `${JSON.stringify(expiresAt)} is no time`);
});

t.test('refuses more than 8 KiB once written, whatever it is made of', async t => {
  const rows: unknown[] = [];
  for (const unit of ['k', "'", '\n', 'é', '\u2028', '😀']) {
    const of = (count: number): ReturnType<typeof readMount> =>
      readMount({ ...plain, MOUNTSSHPRIVATEKEY: unit.repeat(count) });
    const written = (count: number): unknown => {
      const read = of(count);
      return 'entries' in read && writeMount(read, 'python');
    };
    const [none, one] = [String(written(0)).length, String(written(1)).length];
    const most = Math.floor((8192 - none) / (one - none));
    const largest = written(most);
    t.type(largest, 'string');
    t.match(written(most + 1), { reason: 'data-invalid' });
    rows.push(['python', largest, { ...plain, MOUNTSSHPRIVATEKEY: unit.repeat(most) }]);
  }
  for (const python of pythons)
    t.equal(python.run(readBack, JSON.stringify(rows)).trim(), '[]', `Python ${python.version} reads the largest`);
});
