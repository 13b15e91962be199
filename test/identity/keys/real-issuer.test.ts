/** A real OpenID Connect provider before a gate that runs: discovery, its CA, rotation under load, unknown kids (J12). */
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { makeAuthority } from '../../clients/certificates.ts';
import { assertNothingLeaked } from '../../clients/nothing-leaked.ts';
import { type GateProcess, gateCommand, startGateProcess } from '../../gates/gate-process.ts';
import { type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../../gates/lab.ts';
import { decodeHeader, encodePart, makeKey, mintToken, type SigningKey } from '../token-maker.ts';
import { makeRealIssuer, realAudience } from './real-issuer.ts';

const preset = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
const floorMs = 30_000;

/** A hub that says whom it was told of. */
async function startHub(t: Test): Promise<string> {
  const hub = createServer((request, response) => response.end(String(request.headers['remote-user'])));
  hub.listen(0, '127.0.0.1');
  await once(hub, 'listening');
  t.teardown(() => {
    hub.closeAllConnections();
    hub.close();
  });
  return `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
}

type Heard = { readonly status: number; readonly text: string; readonly retryAfter: string | undefined };

async function heard(port: number, path: string, headers: Record<string, string>, agent?: Agent): Promise<Heard> {
  const outgoing = get({ port, host: '127.0.0.1', path, headers, ...(agent === undefined ? {} : { agent }) });
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of incoming) text += part;
  return { status: incoming.statusCode ?? 0, text, retryAfter: incoming.headers['retry-after'] };
}

const logIn = (port: number, token: string, agent?: Agent): Promise<Heard> =>
  heard(port, '/hub/login', { Host: publicHost, Authorization: `Bearer ${token}` }, agent);

const entry = (
  url: string,
  issuer: WrittenConfig,
  keys: WrittenConfig,
  algorithms: readonly string[],
): WrittenConfig => ({
  issuer: { url, audiences: [realAudience], ...issuer },
  namespace: 'lab',
  keys,
  algorithms,
  type: 'at+jwt',
  claimMappings: { username: { claim: 'sub', prefix: '' } },
});

function startGate(t: Test, lab: Lab, hubUrl: string, jwt: readonly WrittenConfig[]): GateProcess {
  const more = { jwt, sso: [], admin: { address: '127.0.0.1:0' } };
  return startGateProcess(
    t,
    gateCommand(lab.write('proxy.yaml', labConfig({ url: hubUrl, authenticator: preset }, more))),
  );
}

test('a gate starts while its issuer is away, says so, and goes by its CA as it changes', async t => {
  const issuer = await makeRealIssuer(t, ['alice'], makeKey('ES256', 'one'));
  const lab = makeLab(t);
  lab.write('ca.crt', makeAuthority('not its CA').cert);
  const gate = startGate(t, lab, await startHub(t), [
    entry(issuer.url, {}, { discovery: true, caFile: 'ca.crt' }, ['ES256']),
  ]);
  const [port, admin] = [await gate.port(), await gate.port('admin')];
  await gate.says(/keys not fetched.*ECONNREFUSED|ECONNREFUSED.*keys not fetched/);
  const ready = await heard(admin, '/readyz', {});
  t.equal(ready.status, 503);
  t.match(JSON.parse(ready.text), {
    status: 'not ready',
    issuers: [{ issuer: issuer.url, ready: false, keys: 0, error: /^discovery document: ECONNREFUSED$/ }],
  });
  t.equal((await heard(admin, '/healthz', {})).status, 200, 'alive all the same');
  await issuer.start();
  const token = await issuer.token('alice', 'ES256');
  lab.secrets.add(token);
  const refused = await logIn(port, token);
  t.match(refused, { status: 503, text: /keys-unavailable/, retryAfter: '30' });
  lab.write('ca.crt', makeAuthority('not its CA either').cert);
  await gate.says(/UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
  t.equal((await logIn(port, token)).status, 503, 'another CA is not believed');
  t.equal(issuer.timesAsked(), 0);
  lab.write('ca.crt', issuer.ca);
  await gate.says(/"msg":"keys fetched"/);
  t.match(await logIn(port, token), { status: 200, text: 'alice' });
  t.equal((await heard(admin, '/readyz', {})).status, 200);
  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: 0, signal: null });
  assertNothingLeaked(t, gate.output(), lab.secrets);
});

test('every kind of signature, from a real provider; its CA as Kubernetes writes it', async t => {
  const published = [
    makeKey('RS256', 'rsa'),
    makeKey('ES256', 'ec'),
    makeKey('ES384', 'ec-384'),
    makeKey('EdDSA', 'ed'),
  ];
  const issuer = await makeRealIssuer(t, ['alice'], ...published);
  await issuer.start();
  const lab = makeLab(t);
  const secret = 'x'.repeat(48);
  lab.write('secret', secret);
  const algorithms = ['RS256', 'PS256', 'PS512', 'ES256', 'ES384', 'EdDSA'];
  const gate = startGate(t, lab, await startHub(t), [
    entry(issuer.url, { certificateAuthority: issuer.ca }, {}, algorithms),
    entry('https://hmac.test', {}, { secretFile: 'secret' }, ['HS256']),
  ]);
  const port = await gate.port();
  for (const algorithm of algorithms) {
    const token = await issuer.token('alice', algorithm);
    t.match(decodeHeader(token), { alg: algorithm, typ: 'at+jwt' });
    t.match(await logIn(port, token), { status: 200, text: 'alice' }, algorithm);
  }
  t.equal(issuer.timesAsked(), 1);
  const hmac: SigningKey = { algorithm: 'HS256', kid: 'any', key: createSecretKey(Buffer.from(secret)) };
  const exp = Math.floor(Date.now() / 1000) + 60;
  const claims = { iss: 'https://hmac.test', aud: realAudience, sub: 'bob', exp };
  t.match(await logIn(port, mintToken(hmac, claims, { typ: 'at+jwt' })), { status: 200, text: 'bob' }, 'HS256');
  const asIssuer = mintToken(hmac, { ...claims, iss: issuer.url }, { typ: 'at+jwt' });
  t.equal((await logIn(port, asIssuer)).status, 401, "the secret signs nothing of the provider's");
});

test('J12 keys turn under load with no wrong refusal; ten thousand unknown kids cause no more questions than the bound', {
  timeout: 240_000,
}, async t => {
  const [old, fresh] = [makeKey('ES256', 'old'), makeKey('ES256', 'fresh')];
  const clients = ['alice', 'bob', 'carol', 'dave'];
  const issuer = await makeRealIssuer(t, clients, old);
  await issuer.start();
  const lab = makeLab(t);
  lab.write('ca.crt', issuer.ca);
  const gate = startGate(t, lab, await startHub(t), [entry(issuer.url, {}, { caFile: 'ca.crt' }, ['ES256'])]);
  const port = await gate.port();
  const began = performance.now();

  const wrong: string[] = [];
  let right = 0;
  let over = false;
  const tokens = new Map<string, string>();
  const renew = async (): Promise<void> => {
    for (const client of clients) tokens.set(client, await issuer.token(client, 'ES256'));
  };
  await renew();
  const visit = async (client: string): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!over) {
      const { status, text } = await logIn(port, tokens.get(client) ?? '', agent);
      if (status === 200 && text === client) right += 1;
      else wrong.push(`${client}: ${status} ${text}`);
    }
    agent.destroy();
  };
  const load = Promise.all(clients.map(visit));
  const rightSince = async (before: number): Promise<void> => {
    while (right < before + 200 && wrong.length === 0) await new Promise(resolve => setImmediate(resolve));
  };
  await rightSince(0);
  t.equal(issuer.timesAsked(), 1);
  issuer.publish(fresh, old);
  await renew();
  t.match(decodeHeader(tokens.get('alice') ?? ''), { kid: 'fresh' });
  await rightSince(right);
  t.equal(issuer.timesAsked(), 2, 'the new kid was asked for, once');

  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer.url, aud: realAudience, sub: 'mallory', iat: now, exp: now + 3600 };
  const [, payload = '', signature = ''] = mintToken(makeKey('ES256'), claims).split('.');
  const statuses = new Map<number, number>();
  let sent = 0;
  const madeUp = (): string => {
    sent += 1;
    const header = encodePart({ alg: 'ES256', typ: 'at+jwt', kid: `kid-${sent}` });
    return `${header}.${payload}.${signature}`;
  };
  const storm = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (sent < 10_000) {
      const { status } = await logIn(port, madeUp(), agent);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: 16 }, storm));
  over = true;
  await load;
  t.strictSame(wrong, [], 'no good token was refused');
  const bound = 2 + Math.ceil((performance.now() - began) / floorMs);
  t.ok(issuer.timesAsked() <= bound, `${issuer.timesAsked()} questions, at most ${bound}`);
  const { 401: unknown = 0, 429: awaited, ...others } = Object.fromEntries(statuses);
  t.strictSame([others, unknown + Number(awaited)], [{}, 10_000]);
  t.ok(unknown <= bound, `${unknown} tokens whose kid was asked for`);

  await logIn(port, madeUp());
  issuer.publish(makeKey('ES256', 'third'), fresh, old);
  const early = await logIn(port, await issuer.token('alice', 'ES256'));
  t.match(early, { status: 429, text: /token-key-awaited/, retryAfter: '30' }, 'not called bad because of the others');
  t.comment(`${right} right answers`);
});
