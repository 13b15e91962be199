/** The Mount header, read back by the Python that the plugin reads it with (M1). */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { type Mount, type MountEncoding, readMount, writeMount } from '../../src/hub/mount.ts';

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
  '😀',
  "-----BEGIN KEY-----\nabc'd\\e\n-----END KEY-----\n",
];

const text = fc.oneof(
  fc.constantFrom(...awkward),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
);
const mount: fc.Arbitrary<Mount> = fc.record({ HOST: text, USERNAME: text, PATH: text, MOUNTSSHPRIVATEKEY: text });

/** Evaluates every source and says at which places it did not give the very strings. */
const readBack = `
import ast, json, sys
rows = json.load(sys.stdin)
read = {'python': ast.literal_eval, 'json': json.loads}
print(json.dumps([at for at, (how, source, wanted) in enumerate(rows) if read[how](source) != wanted]))
`;

function sourceOf(each: Mount, encoding: MountEncoding): string {
  const source = writeMount(each, encoding);
  if (typeof source !== 'string') throw new Error(source.detail);
  return source;
}

t.test('reads back to exactly the same strings, in ASCII, on one line', async t => {
  const plain: Mount = { HOST: 'h', USERNAME: 'u', PATH: 'p', MOUNTSSHPRIVATEKEY: 'k' };
  const mounts = [...awkward.map(PATH => ({ ...plain, PATH })), ...fc.sample(mount, 600)];
  const rows = mounts.flatMap(each =>
    (['python', 'json'] as const).map(encoding => [encoding, sourceOf(each, encoding), each] as const),
  );
  t.same(
    rows.filter(([, source]) => !/^[\x20-\x7e]*$/.test(source)),
    [],
  );
  const python = spawnSync('python3', ['-c', readBack], { input: JSON.stringify(rows), encoding: 'utf8' });
  t.equal(python.stderr, '');
  t.equal(python.stdout.trim(), '[]');
});

t.test('refuses what has no such source', async t => {
  const plain = { HOST: 'h', USERNAME: 'u', PATH: 'p', MOUNTSSHPRIVATEKEY: 'k' };
  const rows: readonly (readonly [rule: string, value: unknown])[] = [
    ['nothing', null],
    ['text', "{'HOST': 'h'}"],
    ['a list', [plain]],
    ['a missing key', { HOST: 'h', USERNAME: 'u', PATH: 'p' }],
    ['a key of its own', { ...plain, EXTRA: '' }],
    ['a key in lower case', { ...plain, host: 'h' }],
    ['a number', { ...plain, PATH: 7 }],
    ['an object in place of a string', { ...plain, PATH: { toString: 'x' } }],
    ['a lone surrogate', { ...plain, PATH: '\ud800' }],
  ];
  for (const [rule, value] of rows) t.match(readMount(value), { reason: 'data-invalid' }, rule);
});

t.test('refuses more than 8 KiB once written', async t => {
  const of = (bytes: number): Mount => ({ HOST: 'h', USERNAME: 'u', PATH: 'p', MOUNTSSHPRIVATEKEY: 'k'.repeat(bytes) });
  const most = 8192 - sourceOf(of(0), 'python').length;
  t.type(writeMount(of(most), 'python'), 'string');
  t.match(writeMount(of(most + 1), 'python'), { reason: 'data-invalid' });
});
