/** The revocation list: its grammar to the letter, and whom a line means. */
import fc from 'fast-check';
import t from 'tap';
import {
  type Revocations,
  readRevocations,
  revokedOf,
  unknownIssuers,
} from '../../../src/identity/tokens/revocations.ts';

const a = 'https://a.example.org';
const b = 'https://b.example.org/';

function listOf(text: string): Revocations {
  const reading = readRevocations(Buffer.from(text));
  if ('faults' in reading) throw new Error(reading.faults.join('\n'));
  return reading.list;
}

function faultsOf(text: string | Uint8Array): readonly string[] {
  const reading = readRevocations(Buffer.from(text));
  return 'faults' in reading ? reading.faults : [];
}

const claims = (members: Readonly<Record<string, string | number | null>>) =>
  Object.assign(Object.create(null), members);

t.test('whom a line means', async t => {
  const list = listOf(
    [
      '# two directories',
      `jti ${a} t-1`,
      `sub ${a} alice`,
      `sub ${b} bob`,
      'sub * mallory',
      'jti - local',
      '',
      `sub ${a} Dr. Who, the # first`,
      `sub ${a} 42`,
    ].join('\n'),
  );
  const revoked = (
    issuer: string | null,
    members: Readonly<Record<string, string | number | null>>,
  ): string | undefined => revokedOf(list, issuer)(claims(members))?.detail;
  t.match(revokedOf(list, a)(claims({ jti: 't-1' })), { reason: 'token-revoked', detail: 'jti' });
  t.equal(revoked(a, { sub: 'alice' }), 'sub');
  t.equal(revoked(b, { sub: 'alice' }), undefined, "a subject of one issuer is not another's");
  t.equal(revoked(b, { jti: 't-1' }), undefined);
  t.equal(revoked(b, { sub: 'bob' }), 'sub');
  t.equal(revoked('https://b.example.org', { sub: 'bob' }), undefined, 'issuers are compared as strings');
  for (const issuer of [a, b, null]) t.equal(revoked(issuer, { sub: 'mallory' }), 'sub', 'unless it is written so');
  t.equal(revoked(null, { jti: 'local' }), 'jti');
  t.equal(revoked(a, { jti: 'local' }), undefined, 'tokens without iss are nobody else');
  t.equal(revoked(a, { sub: 'Dr. Who, the # first' }), 'sub', 'a value goes to the end of its line');
  t.equal(revoked(a, { sub: 'Alice' }), undefined, 'to the letter');
  t.equal(revoked(a, { jti: 'alice', sub: 't-1' }), undefined, 'jti and sub are two lists');
  t.equal(revoked(a, { sub: 42 }), 'sub', 'an issuer that writes numbers is not let off');
  t.equal(revoked(a, { sub: null }), undefined);
  t.equal(revoked(a, {}), undefined);
});

t.test('an empty list', async t => {
  for (const text of ['', '\n\n', '# nobody\n']) t.equal(listOf(text).size, 0);
});

t.test('every line that is no good is told, and nothing of it', async t => {
  const bad = [
    'jti',
    `jti ${a} `,
    ` jti ${a} x`,
    `jti  ${a} x`,
    `jti ${a}  x`,
    `jti ${a} x `,
    `JTI ${a} x`,
    `iss ${a} x`,
    'x',
    ' ',
    ' # indented',
  ];
  const faults = faultsOf(['# good', ...bad, `jti ${a} x`].join('\n'));
  t.strictSame(
    faults.map(fault => fault.replace(/, expected .*/, '')),
    bad.map((_, at) => `line ${at + 2} is not understood`),
  );
  t.match(faults[0], /expected `jti ISSUER VALUE`/);
  for (const half of [`sub ${a}`, 'sub alice'])
    t.match(faultsOf(half), [
      /^line 1 has an issuer or a sub, and not both: .* \* for that sub at every issuer\), expected `jti/,
    ]);
  t.match(faultsOf('jti x'), [/^line 1 has an issuer or a jti, /]);
  t.notMatch(faults.join(), /example\.org/);
});

t.test('what does not show is a fault: it would be a part of the value', async t => {
  for (const character of ['\r', '\t', '\0', '\u00ad', '\u200b', '\u2028', '\ufeff', '\x85'])
    t.match(faultsOf(`# one\nsub ${a} alice${character}`), [/^line 2 holds a character that does not show/]);
  t.strictSame(faultsOf(Buffer.from('sub * \xff', 'latin1')), ['is no UTF-8 text']);
  t.match(faultsOf(`\ufeffsub * x`), [/^line 1 /], 'a byte order mark too');
});

t.test('of very many faults the first are told', async t => {
  const faults = faultsOf('bad\n'.repeat(1000));
  t.equal(faults.length, 21);
  t.equal(faults.at(-1), '980 more lines are no better');
});

t.test('issuers that nobody has', async t => {
  const list = listOf(`sub * x\nsub - x\nsub ${a} x\nsub ${b} x`);
  t.strictSame(unknownIssuers(list, [a, null]), [b]);
  t.strictSame(unknownIssuers(list, [a, b]), ['-']);
});

t.test('whatever is in the file, a good list revokes what its lines say', async () => {
  const word = fc.stringMatching(/^[!-~]{1,20}$/);
  const value = fc.stringMatching(/^[!-~](?:[ -~]{0,20}[!-~])?$/);
  const lines = fc.array(fc.tuple(fc.constantFrom('jti', 'sub'), word, value), { maxLength: 20 });
  fc.assert(
    fc.property(lines, written => {
      const list = listOf(written.map(line => line.join(' ')).join('\n'));
      return written.every(([kind, issuer, text]) => revokedOf(list, issuer)(claims({ [kind]: text })) !== null);
    }),
  );
});
