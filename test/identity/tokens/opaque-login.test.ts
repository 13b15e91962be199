/** Opaque tokens of a real issuer, from the client to the hub; what is revoked ends at once; what is counted shows. */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { makeAuthority } from '../../clients/certificates.ts';
import { assertNothingLeaked } from '../../clients/nothing-leaked.ts';
import { openCapturingHub } from '../../contract/capturing-hub.ts';
import { type GateHere, startGateHere } from '../../gates/gate-here.ts';
import { assertedUserHeader, type Lab, labConfig, makeLab, publicHost } from '../../gates/lab.ts';
import { type OpaqueIssuer, startOpaqueIssuer } from './opaque-issuer.ts';

interface World {
  readonly lab: Lab;
  readonly issuer: OpaqueIssuer;
  readonly gate: GateHere;
  /** The status, and the lines that came to the hub. */
  get(
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: string; atHub: string[] }>;
  metrics(): Promise<string>;
  /** The status of /readyz on admin, and what it says of endpoints. */
  readyz(): Promise<unknown>;
}

const patienceMs = 10_000;

function fetchText(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, headers, agent: false });
    asking.on('error', reject).on('response', answer => {
      text(answer).then(body => resolve({ status: answer.statusCode ?? 0, body }), reject);
    });
    asking.end();
  });
}

async function openWorld(t: Test): Promise<World> {
  const lab = makeLab(t);
  const issuer = await startOpaqueIssuer(t, lab);
  const hub = await openCapturingHub();
  t.teardown(() => hub.close());
  hub.answerWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  lab.write('revoked', '# nobody yet\n');
  const config = labConfig(
    {
      url: `http://127.0.0.1:${hub.port}`,
      authenticator: 'jhub_remote_auth_mount.RemoteUserAuthenticator',
      apiTokens: 'forward',
    },
    { introspection: [issuer.entry], revocation: { file: 'revoked' }, admin: { address: '127.0.0.1:0' } },
  );
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  // The log is written a moment later.
  const adminPort = (): string | undefined => /"for":"admin","address":"127\.0\.0\.1:(\d+)"/.exec(gate.output())?.[1];
  const askAdmin = async (path: string): Promise<{ status: number; body: string }> => {
    const port = await until(
      async () => adminPort(),
      found => found !== undefined,
    );
    return fetchText(Number(port), path, {});
  };
  return {
    lab,
    issuer,
    gate,
    async get(path, headers) {
      const { status, body } = await fetchText(gate.port, path, { Host: publicHost, ...headers });
      return { status, body, atHub: hub.take().flatMap(({ head }) => head) };
    },
    metrics: async () => (await askAdmin('/metrics')).body,
    async readyz() {
      const { status, body } = await askAdmin('/readyz');
      return [status, JSON.parse(body).introspection];
    },
  };
}

const bearer = (token: string): { Authorization: string } => ({ Authorization: `Bearer ${token}` });

/** Asks until the answer is that one. */
async function until<T>(ask: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await ask();
    if (holds(found) || performance.now() > deadline) return found;
    await pause(20);
  }
}

test('a real issuer', async t => {
  const { lab, issuer, gate, get, metrics } = await openWorld(t);
  const alice = await issuer.token('alice');

  const login = await get('/hub/login', { ...bearer(alice), 'Remote-User': 'root' });
  t.equal(login.status, 200);
  t.match(
    login.atHub.filter(line => /^remote-user:/i.test(line)),
    ['Remote-User: alice'],
  );
  for (const path of ['/hub/login', '/user/alice/api', '/services/x/']) {
    const { status, atHub } = await get(path, bearer(alice));
    t.equal(status, 200);
    t.notMatch(atHub.join('\n'), new RegExp(alice), `the token goes to nobody on ${path}`);
  }
  t.equal(issuer.asked(), 1, 'one question');

  t.match(await get('/user/alice/api', bearer(await issuer.refreshToken('alice'))), {
    status: 401,
    body: /token-type/,
    atHub: [],
  });
  t.match(await get('/user/alice/api', bearer(await issuer.token('alice', 'other'))), {
    status: 401,
    body: /token-audience/,
  });
  t.match(await get('/user/alice/api', { ...bearer(alice), [assertedUserHeader]: 'bob' }), {
    status: 400,
    body: /credentials-disagree/,
  });
  t.match(await get('/user/alice/api', bearer(await issuer.token('mallory'))), { status: 403, body: /not-allowed/ });
  t.match(await get('/hub/login', { ...bearer(lab.token('bob')) }), { status: 200 }, 'JWTs stay as they are');
  const { status, atHub } = await get('/user/bob/api', bearer('not-a-token-of-the-issuer'));
  t.match(
    [status, atHub.filter(line => line.startsWith('Authorization'))],
    [200, ['Authorization: Bearer not-a-token-of-the-issuer']],
  );

  const asked = issuer.asked();
  t.equal(asked, 5);
  const page = await metrics();
  for (const line of [
    'hubgate_requests_total{outcome="forwarded",reason=""} 6',
    'hubgate_requests_total{outcome="refused",reason="token-type"} 1',
    'hubgate_introspection_asked_total 5',
    'hubgate_introspection_failed_total 0',
    'hubgate_introspection_cached_total 4',
    'hubgate_token_memory_lookups_total{result="miss"} 1',
    'hubgate_token_memory_entries{kind="held"} 1',
    'hubgate_issuer_keys{issuer="https://issuer.test/lab"} 1',
    'hubgate_issuer_keys_error{issuer="https://issuer.test/lab"} 0',
    'hubgate_config_generation 1',
    'hubgate_config_last_reload_good 1',
  ])
    t.ok(page.includes(`${line}\n`), line);
  const output = await until(
    async () => gate.output(),
    written => (written.match(/"decision":/g) ?? []).length === 10,
  );
  assertNothingLeaked(t, `${output}${page}`, lab.secrets);
});

test('a reload asks anew', async t => {
  const { issuer, gate, get } = await openWorld(t);
  const alice = await issuer.token('alice');
  t.match(await get('/hub/login', bearer(alice)), { status: 200 });
  await issuer.revoke(alice);
  t.match(
    await get('/user/alice/api', bearer(alice)),
    { status: 200, atHub: { length: Number } },
    'believed for a while',
  );
  await gate.reload();
  const { status, atHub } = await get('/hub/login', bearer(alice));
  t.strictSame([status, atHub], [401, []], 'and then it proves nothing');
});

test('a token on the revocation list ends, also if it is remembered as good', async t => {
  const { lab, issuer, get, metrics } = await openWorld(t);
  const [alice, bob] = [await issuer.token('alice'), lab.token('bob', { jti: 'bobs', sub: 'id-7' })];
  const carol = lab.token('carol', { sub: 'alice' });
  for (const token of [alice, bob, carol]) t.match(await get('/user/x/api', bearer(token)), { status: 200 });

  lab.write('revoked', `sub ${issuer.url} alice\njti https://issuer.test/lab bobs\n`);
  const ended = await until(
    () => get('/user/x/api', bearer(alice)),
    ({ status }) => status !== 200,
  );
  t.match(ended, { status: 401, body: /token-revoked/, atHub: [] });
  t.match(await get('/user/x/api', bearer(bob)), { status: 401, body: /token-revoked/ });
  t.match(
    await get('/user/x/api', bearer(carol)),
    { status: 200 },
    "another issuer's subject of that name is not meant",
  );

  lab.write('revoked', 'sub alice\n');
  const refused = await until(metrics, page => page.includes('hubgate_config_last_reload_good 0\n'));
  t.match(refused, /hubgate_config_last_reload_good 0\n/);
  t.match(await get('/user/x/api', bearer(alice)), { status: 401 }, 'a bad list changes nothing');

  lab.write('revoked', '');
  const again = await until(
    () => get('/user/x/api', bearer(bob)),
    ({ status }) => status === 200,
  );
  t.equal(again.status, 200, 'and one that is empty lets them in again');
});

test('an endpoint that is down is no "not active"', async t => {
  const { lab, gate, issuer, get, metrics, readyz } = await openWorld(t);
  const endpoint = 'introspection[0]';
  t.strictSame(await readyz(), [200, [{ endpoint }]], 'nobody has asked it yet');
  const authority = readFileSync(join(lab.folder, 'issuer-ca.crt'), 'utf8');
  lab.write('issuer-ca.crt', makeAuthority('another CA').cert);
  await gate.reload();
  const alice = await issuer.token('alice');
  t.match(await get('/user/alice/api', bearer(alice)), { status: 503, body: /introspection-unavailable/, atHub: [] });
  t.match(await get('/user/alice/api', { [assertedUserHeader]: 'alice', ...bearer(alice) }), {
    status: 503,
    atHub: [],
  });
  t.match(await get('/user/alice/api', { [assertedUserHeader]: 'alice' }), { status: 200 });
  const fault = /"fault":"introspection\[0\]: [A-Z_]+"/;
  const output = await until(
    async () => gate.output(),
    written => fault.test(written),
  );
  t.match(output, fault);
  t.equal(issuer.asked(), 0);
  t.match(await readyz(), [200, [{ endpoint, error: /[A-Z_]+/ }]], 'the rest goes on, and the operator is told');
  t.match(await metrics(), /^hubgate_introspection_error\{endpoint="introspection\[0\]"\} 1$/m);

  lab.write('issuer-ca.crt', authority);
  await gate.reload();
  t.match(await readyz(), [200, [{ endpoint, error: String }]], 'nobody has asked it since');
  t.match(await get('/user/alice/api', bearer(await issuer.token('alice'))), { status: 200 });
  t.strictSame(await readyz(), [200, [{ endpoint }]]);
  t.match(await metrics(), /^hubgate_introspection_error\{endpoint="introspection\[0\]"\} 0$/m);
});
