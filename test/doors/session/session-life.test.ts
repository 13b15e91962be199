/** How a session lives: renewed while it is used, held against the rules of now, expired where it proves nothing. */
import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { readRegularFile } from '../../../src/config/regular-file.ts';
import { prolonged, SealedSessions } from '../../../src/identity/sessions/sealed-sessions.ts';
import { keysFor, readSessionKey } from '../../../src/identity/sessions/session-key.ts';
import { jwtEntry } from '../../gates/lab.ts';
import { until } from '../door-house.ts';
import { navigation, openSessionWorld, type SessionWorld, sessionOf } from './session-world.ts';

const minute = 60_000;

async function handedOver(world: SessionWorld, user: string, claims = {}): Promise<string> {
  const answer = await world.post('/hubgate/session', { token: world.lab.token(user, claims) });
  return sessionOf(answer);
}

/** The same cookie as it would be had it been written so long ago. */
async function aged(world: SessionWorld, cookie: string, ageMs: number): Promise<string> {
  const [name = '', sealed = ''] = cookie.split('=');
  const key = await readSessionKey(`${world.lab.folder}/session-key`, readRegularFile);
  if ('fault' in key) throw new Error(key.fault);
  const sessions = new SealedSessions([key], name, () => false);
  const finding = await sessions.find(sealed);
  if (!('what' in finding) || finding.what !== 'session' || finding.session === undefined)
    throw new Error('not sealed');
  return `${name}=${await sessions.seal(prolonged(finding.session, Date.now() - ageMs, 60 * minute))}`;
}

const expired =
  /^__Host-hubgate-[0-9a-f]{8}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=\/; HttpOnly; Secure; SameSite=Lax$/;

test('a session that is used is renewed past half of its life, and not before', async t => {
  const world = await openSessionWorld(t);
  const fresh = await handedOver(world, 'alice');
  const young = await aged(world, fresh, 29 * minute);
  const old = await aged(world, fresh, 31 * minute);
  const over = await aged(world, fresh, 61 * minute);
  const ask = async (cookie: string, path = '/hub/home'): Promise<string[]> =>
    (await world.send(path, { headers: [`Cookie: ${cookie}`, ...navigation] })).values('set-cookie');
  t.same([await ask(fresh), await ask(young)], [[], []]);
  const [line = '', ...more] = await ask(old);
  t.same(more, []);
  const renewed = line.split(';', 1)[0] ?? '';
  t.equal(await world.hubSees([`Cookie: ${renewed}`]), 'alice');
  t.same(await ask(renewed), [], 'with a whole life before it');
  t.same(await ask(old), [line], 'all that come with the old one get the same');
  t.match(await ask(over), [/-tries=/, expired]);
});

test('a request that a hand-over in the same browser has overtaken does not take the new cookie away', async t => {
  const world = await openSessionWorld(t);
  const alice = `Cookie: ${await handedOver(world, 'alice')}`;
  const token = world.lab.token('bob');
  await world.post('/hubgate/session', { token }, [...navigation, alice]);
  const alone = await world.send('/hub/home', { headers: [alice] });
  t.same([alone.status, alone.reason], [401, 'credential-missing']);
  t.same(alone.values('set-cookie'), []);
  const beside = await world.send('/hub/home', { headers: [alice, `Authorization: Bearer ${token}`] });
  t.same([beside.status, beside.values('set-cookie')], [200, []]);
});

test('nor does one that was to renew the old one, and whose answer comes after', async t => {
  const world = await openSessionWorld(t);
  const old = `Cookie: ${await aged(world, await handedOver(world, 'alice'), 40 * minute)}`;
  world.hub.answerWith('', 'stay');
  const slow = world.send('/user/alice/x', { headers: [old] });
  await until(() => world.hub.take().length === 1);
  await world.post('/hubgate/session', { token: world.lab.token('bob') }, [...navigation, old]);
  world.hub.answerNow('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
  const answer = await slow;
  t.same([answer.status, answer.values('set-cookie')], [200, []]);
});

test('what another page loads unseen keeps no session alive', async t => {
  const world = await openSessionWorld(t);
  const old = await aged(world, await handedOver(world, 'alice'), 40 * minute);
  const asks = async (site: string, mode: string, dest: string, ...more: readonly string[]): Promise<boolean> => {
    const page = [`Sec-Fetch-Site: ${site}`, `Sec-Fetch-Mode: ${mode}`, `Sec-Fetch-Dest: ${dest}`, ...more];
    const answer = await world.send('/user/alice/lab', { headers: [`Cookie: ${old}`, ...page] });
    t.equal(answer.status, 200, 'and yet is answered');
    return answer.values('set-cookie').length > 0;
  };
  for (const [mode, dest] of [
    ['no-cors', 'image'],
    ['cors', 'empty'],
    ['navigate', 'iframe'],
    ['navigate', 'object'],
  ] as const) {
    t.notOk(await asks('same-site', mode, dest), `a neighbour's ${dest}`);
    t.notOk(await asks('cross-site', mode, dest), `another site's ${dest}`);
    t.ok(await asks('same-origin', mode, dest), `its own ${dest}`);
  }
  t.ok(await asks('cross-site', 'navigate', 'document'), 'a link, which is seen');
  t.ok(await asks('none', 'navigate', 'document'), 'an address typed');
  for (const site of ['none', 'same-site', 'cross-site', 'same-origin'])
    for (const ahead of ['Sec-Purpose: prefetch', 'Sec-Purpose: prefetch;prerender', 'Purpose: prefetch'])
      t.notOk(await asks(site, 'navigate', 'document', ahead), `${site}, ahead of a click: ${ahead}`);
});

test('a logout at the hub renews nothing that was due', async t => {
  const world = await openSessionWorld(t);
  const old = await aged(world, await handedOver(world, 'alice'), 40 * minute);
  const answer = await world.send('/hub/logout', { headers: [`Cookie: ${old}`] });
  const own = answer.values('set-cookie').filter(line => line.startsWith('__Host-hubgate-'));
  t.match(own, [expired]);
  t.equal(own.length, 1);
});

test('a cookie goes with no answer that others could be given out of a cache', async t => {
  const world = await openSessionWorld(t);
  const old = await aged(world, await handedOver(world, 'alice'), 40 * minute);
  const ask = async (path: string, lines: readonly string[]): Promise<{ cookies: number; caching: string[] }> => {
    world.hub.answerWith(
      ['HTTP/1.1 200 OK', 'Connection: close', ...lines, 'Content-Length: 2', '', 'ok'].join('\r\n'),
    );
    const answer = await world.send(path, { headers: [`Cookie: ${old}`] });
    return { cookies: answer.values('set-cookie').length, caching: answer.values('cache-control') };
  };
  const css = 'Content-Type: text/css';
  t.same(await ask('/hub/static/x.css', [css, 'Cache-Control: public, max-age=60']), {
    cookies: 0,
    caching: ['public, max-age=60'],
  });
  t.same(await ask('/hub/static/x.css', [css, 'Cache-Control: max-age=60']), { cookies: 0, caching: ['max-age=60'] });
  t.same(await ask('/user/alice/x', [css]), { cookies: 1, caching: ['private'] });
  t.same(await ask('/user/alice/x', [css, 'Cache-Control: no-cache']), {
    cookies: 1,
    caching: ['no-cache', 'private'],
  });
  t.same(await ask('/user/alice/x', [css, 'Cache-Control: private, max-age=60']), {
    cookies: 1,
    caching: ['private, max-age=60'],
  });
  t.same(await ask('/hub/home', ['Content-Type: text/html']), { cookies: 1, caching: ['no-store'] });
  t.same(
    (await ask('/hub/static/x.css', [css, 'Cache-Control: private', 'CDN-Cache-Control: max-age=60'])).cookies,
    0,
    'a CDN obeys that alone (RFC 9213)',
  );
});

test('an answer that users write says nothing of the cookie', async t => {
  const world = await openSessionWorld(t);
  const alice = await handedOver(world, 'alice');
  const [name = ''] = alice.split('=');
  world.hub.answerWith(
    `HTTP/1.1 200 OK\r\nSet-Cookie: ${name}=evil; Path=/; Secure\r\nSet-Cookie: a=b; Path=/user/alice/\r\nContent-Length: 0\r\n\r\n`,
  );
  const answer = await world.send('/user/alice/x', { headers: [`Cookie: ${alice}`] });
  t.same(answer.values('set-cookie'), ['a=b; Path=/user/alice/']);
});

test('a cookie that proves nothing is expired, with whatever the answer is (H4)', async t => {
  const world = await openSessionWorld(t);
  const alice = await handedOver(world, 'alice');
  const [name = '', sealed = ''] = alice.split('=');
  const altered = `${sealed.slice(0, -1)}${sealed.endsWith('A') ? 'Q' : 'A'}`;
  for (const bad of ['', 'x', altered, 'a.b.c.d.e']) {
    const answer = await world.send('/hub/home', { headers: [`Cookie: ${name}=${bad}`] });
    t.same([answer.status, answer.reason], [401, 'credential-missing']);
    t.match(answer.values('set-cookie'), [expired], bad);
  }
  const beside = [`Cookie: ${name}=x`, `Authorization: Bearer ${world.lab.token('bob')}`];
  const answer = await world.send('/hub/home', { headers: beside });
  t.equal(answer.status, 200);
  t.match(answer.values('set-cookie'), [expired], 'beside a token that proves');
  t.equal(await world.hubSees(beside), 'bob');
  t.same((await world.send('/hub/home', { headers: ['Cookie: x=y'] })).values('set-cookie'), []);
  const twice = await world.send('/hub/home', { headers: [`Cookie: ${alice}; ${alice}`] });
  t.equal(twice.status, 401, 'repeats count as none (H15)');
});

test('every request is held against the rules in force', async t => {
  const world = await openSessionWorld(t);
  const alice = [`Cookie: ${await handedOver(world, 'alice', { sub: 's-1' })}`];
  t.equal(await world.hubSees(alice), 'alice');
  await world.reload({ user: { deny: { users: ['alice'] } } });
  t.equal((await world.send('/hub/login', { headers: alice })).reason, 'not-allowed');
  await world.reload({});
  t.equal(await world.hubSees(alice), 'alice');
  world.lab.write('revoked', 'sub https://issuer.test/lab s-1\n');
  await world.reload({ revocation: { file: 'revoked' } });
  t.equal(await world.hubSees(alice), undefined, 'on the revocation list');
  await world.reload({ jwt: [{ ...jwtEntry(), issuer: { url: 'https://other.test', audiences: ['jupyterhub'] } }] });
  const gone = await world.send('/hub/login', { headers: alice });
  t.equal(gone.status, 401, 'its issuer is gone');
  t.match(gone.values('set-cookie'), [expired]);
  await world.reload({
    jwt: [{ ...jwtEntry(), claimMappings: { username: { claim: 'preferred_username', prefix: 'lab-' } } }],
  });
  t.equal(await world.hubSees(alice), 'lab-alice', 'a mapping of now');
  await world.reload({ jwt: [{ ...jwtEntry(), claimValidationRules: [{ claim: 'org', requiredValue: 'lab' }] }] });
  t.equal(await world.hubSees(alice), undefined, 'a rule about what it does not hold');
  await world.reload({});
  t.equal(await world.hubSees(alice), 'alice');
});

test('keys rotate without logging anybody out', async t => {
  const world = await openSessionWorld(t);
  const alice = [`Cookie: ${await handedOver(world, 'alice')}`];
  world.lab.write('session-key-2', randomBytes(32).toString('hex'));
  await world.reload({ session: { keyFiles: ['session-key-2', 'session-key'] } });
  t.equal(await world.hubSees(alice), 'alice');
  const bob = [`Cookie: ${await handedOver(world, 'bob')}`];
  await world.reload({ session: { keyFiles: ['session-key-2'] } });
  t.equal(await world.hubSees(alice), undefined);
  t.equal(await world.hubSees(bob), 'bob');
});

test('a key file that changes is read again', async t => {
  const world = await openSessionWorld(t);
  const alice = [`Cookie: ${await handedOver(world, 'alice')}`];
  world.lab.write('session-key', randomBytes(32).toString('hex'));
  await world.reload({});
  t.equal(await world.hubSees(alice), undefined);
  world.lab.write('session-key', 'short');
  await world.reload({});
  await until(() => /session\.keyFiles\[0\].*is shorter than 32 bytes/.test(world.gate.output()));
  t.ok(await handedOver(world, 'alice'), 'the keys before stay');
});

test('what a logout ended stays ended through a reload', async t => {
  const world = await openSessionWorld(t);
  const alice = [`Cookie: ${await handedOver(world, 'alice')}`];
  await world.send('/hubgate/logout', { method: 'POST', headers: alice });
  await world.reload({});
  t.equal(await world.hubSees(alice), undefined);
});

test('claims that rules only look for are kept', async t => {
  const rule = { expression: '!("suspended" in claims) && "badge" in claims && claims.level > 1.0' };
  const jwt = [{ ...jwtEntry(), claimValidationRules: [rule] }];
  const world = await openSessionWorld(t, {}, { jwt, inject: { data: { State: { claim: 'lab_state' } } } });
  const alice = await handedOver(world, 'alice', { level: 2, lab_state: 'blue', badge: 1 });
  t.equal(await world.hubSees([`Cookie: ${alice}`]), 'alice');
  const bad = await world.post(
    '/hubgate/session',
    { token: world.lab.token('bob', { level: 2, badge: 1, suspended: true }) },
    [],
  );
  t.equal(bad.reason, 'claim-invalid');
});

test('a key for cookies is none of the file itself', async t => {
  const world = await openSessionWorld(t);
  const key = await readSessionKey(`${world.lab.folder}/session-key`, readRegularFile);
  if ('fault' in key) throw new Error(key.fault);
  t.notOk(keysFor([key], 'session cookie')[0]?.equals(key));
});
