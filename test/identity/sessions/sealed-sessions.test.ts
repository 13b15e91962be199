/** Sessions sealed by real jose: nobody without a key can read or write one, and keys rotate. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { test } from 'tap';
import type { Session } from '../../../src/gate/proof.ts';
import { beginSession, prolonged, SealedSessions } from '../../../src/identity/sessions/sealed-sessions.ts';
import { keysFor, readSessionKey, type SessionKeys } from '../../../src/identity/sessions/session-key.ts';

const one = createSecretKey(randomBytes(32));
const two = createSecretKey(randomBytes(32));
const audience = '__Host-hubgate-01234567';
const nobody = (): boolean => false;

const session: Session = beginSession(
  { prover: 'jwt', issuer: 'https://sso.example', claims: { sub: 's', name: 'ünï\u2028' }, host: '' },
  1_000_000,
  3_600_000,
);

function sealedWith(keys: SessionKeys, name = audience): SealedSessions {
  return new SealedSessions(keys, name, nobody);
}

async function found(sessions: SealedSessions, sealed: string): Promise<Session | undefined> {
  const finding = await sessions.find(sealed);
  return 'what' in finding && finding.what === 'session' ? finding.session : undefined;
}

async function sealedBy(sessions: SealedSessions, what: Session = session): Promise<string> {
  return (await sessions.seal(what)) ?? '';
}

test('what is sealed opens to the same, and is not to be read', async t => {
  const sessions = sealedWith([one]);
  const sealed = await sealedBy(sessions);
  t.same(await found(sessions, sealed), session);
  t.same(await found(sealedWith([one]), sealed), session, 'by another process too');
  t.equal(Object.getPrototypeOf((await found(sessions, sealed))?.claims), null);
  t.notMatch(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString(), /sso\.example/);
  t.not(sealed, await sealedBy(sessions), 'twice is not the same text');
});

test('keys rotate: the first seals, all open, one that is taken out opens nothing', async t => {
  const old = await sealedBy(sealedWith([one]));
  const between = sealedWith([two, one]);
  t.same(await found(between, old), session);
  const renewed = await sealedBy(between);
  t.same(await found(sealedWith([two]), renewed), session);
  t.equal(await found(sealedWith([two]), old), undefined);
});

test('nothing else opens', async t => {
  const sessions = sealedWith([one]);
  const sealed = await sealedBy(sessions);
  const parts = sealed.split('.');
  const flipped = (at: number): string =>
    parts.map((part, index) => (index === at ? `${part[0] === 'A' ? 'B' : 'A'}${part.slice(1)}` : part)).join('.');
  for (const [what, text] of [
    ['a flipped header', flipped(0)],
    ['a flipped vector', flipped(2)],
    ['flipped content', flipped(3)],
    ['a flipped tag', flipped(4)],
    ['a cut one', sealed.slice(0, -1)],
    ['a space in it', sealed.replace('.', '. ')],
    [
      'other bits behind its end',
      `${sealed.slice(0, -1)}${String.fromCharCode(sealed.charCodeAt(sealed.length - 1) + 1)}`,
    ],
    ['nothing', ''],
    ['four parts', parts.slice(1).join('.')],
    ['of another gate', await sealedBy(sealedWith([one], '__Host-hubgate-76543210'))],
  ] as const)
    t.equal(await found(sessions, text), undefined, what);
});

test('a text of another making does not open, even with the key', async t => {
  const [key] = keysFor([one], `session cookie ${audience}`);
  if (key === undefined) throw new Error('no key');
  const sessions = sealedWith([one]);
  const good = JSON.stringify({
    aud: audience,
    sid: 'i',
    via: 'jwt',
    iss: 'x',
    host: '',
    begun: 1,
    iat: 1,
    exp: 2,
    claims: {},
  });
  const made = (text: string, header: { alg: string; enc: string }): Promise<string> =>
    new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(key);
  const header = { alg: 'dir', enc: 'A256GCM' };
  t.ok(await found(sessions, await made(good, header)), 'the test makes them as the gate does');
  t.equal(await found(sessions, await made(good, { alg: 'A256KW', enc: 'A256GCM' })), undefined, 'another algorithm');
  t.equal(
    await found(sessions, await made(good, { alg: 'dir', enc: 'A128CBC-HS256' })),
    undefined,
    'another encryption',
  );
  for (const [from, to] of [
    [audience, 'another'],
    ['"exp":2', '"exp":"2"'],
    ['"exp":2', '"exp":2,"exp":3'],
    ['"claims":{}', '"claims":[]'],
    ['"sid":"i"', '"sid":1'],
  ] as const)
    t.equal(await found(sessions, await made(good.replace(from, to), header)), undefined, to);
});

test('what does not fit into a cookie is not sealed', async t => {
  const sessions = sealedWith([one]);
  const large = { ...session, claims: { groups: Array.from({ length: 400 }, (_, at) => `group-${at}`) } };
  t.equal(await sessions.seal(large), null);
  t.ok((await sealedBy(sessions, { ...session, claims: { note: 'x'.repeat(1900) } })).length <= 3072);
});

test('who has ended a session ends it at once, opened before or not', async t => {
  const ended = new Set<string>();
  const sessions = new SealedSessions([one], audience, ({ id }) => ended.has(id));
  const sealed = await sealedBy(sessions);
  t.same(await found(sessions, sealed), session);
  t.same(sessions.known(sealed), { what: 'session', session });
  ended.add(session.id);
  t.same(sessions.known(sealed), { what: 'session', session: undefined, ended: true });
  t.equal(await found(sessions, sealed), undefined);
  ended.clear();
  t.equal(sessions.known('never seen'), undefined, 'what is not known has to be opened');
});

test('of many that renew at a time all get one and the same', async t => {
  const sessions = sealedWith([one]);
  const [first, second] = await Promise.all([1, 2].map(() => sessions.renew(session, 4_000_000, 3_600_000)));
  t.equal(first, second);
  t.same(await found(sessions, first ?? ''), prolonged(session, 4_000_000, 3_600_000));
  t.equal(prolonged(session, 4_000_000, 3_600_000).begunAt, session.begunAt);
  const there = await sessions.renew({ ...session, host: 'alice.hub.example' }, 4_000_000, 3_600_000);
  t.equal((await found(sessions, there))?.host, 'alice.hub.example', 'on the same host');
});

test('a key file', async t => {
  const read = (bytes: string | Uint8Array) => readSessionKey('k', async () => Buffer.from(bytes));
  const hex = randomBytes(32).toString('hex');
  const key = await read(`${hex}\n`);
  t.ok('export' in key && key.export().equals(Buffer.from(hex)), 'less one newline');
  t.match(await read('x'.repeat(31)), { fault: /shorter than 32 bytes/ });
  t.match(await read(`${'x'.repeat(31)}\n`), { fault: /shorter than 32 bytes/ });
  t.match(await readSessionKey('k', async () => ({ fault: 'can not be read (ENOENT)', code: 'ENOENT' })), {
    fault: /ENOENT.*expected a file with a key/,
  });
});

test('keys of one purpose say nothing to another', async t => {
  const [a] = keysFor([one], 'a');
  const [b] = keysFor([one], 'b');
  t.notOk(a?.equals(b ?? one));
  t.equal(a?.symmetricKeySize, 32);
});
