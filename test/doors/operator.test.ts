import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import {
  type OperatorDoor,
  type OperatorDoorOptions,
  type OperatorState,
  openOperatorDoor,
} from '../../src/doors/operator.ts';

const ready: OperatorState = {
  live: true,
  draining: false,
  generation: 3,
  policy: 'abc123',
  issuers: [{ issuer: 'https://sso.example', ready: true, keys: 2 }],
  introspection: [],
  configProblems: [],
  restartNeeded: [],
};
const loopback = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
const anywhere = { kind: 'tcp', host: '0.0.0.0', port: 0 } as const;

interface Ask {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answered {
  readonly status: number;
  readonly body: string;
  readonly challenge: unknown;
}

async function ask(t: Test, options: OperatorDoorOptions, asked: Ask): Promise<Answered> {
  const door = await openOperatorDoor(options);
  t.teardown(() => door.close());
  return askAt(door, asked);
}

function askAt(door: OperatorDoor, asked: Ask): Promise<Answered> {
  const port = Number(door.address.split(':').at(-1));
  const where = door.address.startsWith('unix:') ? { socketPath: door.address.slice(5) } : { host: '127.0.0.1', port };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      ...where,
      path: asked.path,
      method: asked.method ?? 'GET',
      headers: { ...asked.headers },
      agent: false,
    });
    outgoing.on('error', reject).on('response', async answer => {
      resolve({
        status: answer.statusCode ?? 0,
        body: await text(answer),
        challenge: answer.headers['www-authenticate'],
      });
    });
    outgoing.end();
  });
}

const words: readonly (readonly [
  rule: string,
  path: string,
  state: Partial<OperatorState>,
  status: number,
  body: string,
])[] = [
  ['alive once all listeners are bound', '/healthz', {}, 200, 'ok\n'],
  ['not alive before', '/healthz', { live: false }, 503, 'not ok\n'],
  ['draining is still alive', '/healthz', { draining: true }, 200, 'ok\n'],
  ['ready', '/readyz', {}, 200, 'ready\n'],
  ['a query changes nothing', '/readyz?verbose', {}, 200, 'ready\n'],
  ['not ready while draining', '/readyz', { draining: true }, 503, 'not ready\n'],
  [
    'not ready while an issuer never had keys',
    '/readyz',
    { issuers: [{ issuer: 'a', ready: false, keys: 0, error: 'down' }] },
    503,
    'not ready\n',
  ],
  [
    'ready with stale keys',
    '/readyz',
    { issuers: [{ issuer: 'a', ready: true, keys: 0, error: 'down' }] },
    200,
    'ready\n',
  ],
  [
    'ready while an introspection endpoint is down: all other proofs hold',
    '/readyz',
    { introspection: [{ endpoint: 'introspection[0]', error: 'down' }] },
    200,
    'ready\n',
  ],
  ['ready with the old policy after a bad reload', '/readyz', { configProblems: ['proxy.yaml:1:1 x'] }, 200, 'ready\n'],
  ['nothing else', '/', {}, 404, 'not found\n'],
  ['no metrics', '/metrics', {}, 404, 'not found\n'],
];

for (const [rule, path, state, status, body] of words) {
  t.test(`health: ${rule}`, async t => {
    const options = { address: loopback, kind: 'health', state: () => ({ ...ready, ...state }) } as const;
    t.match(await ask(t, options, { path, headers: { Host: 'pod.example' } }), { status, body });
  });
}

t.test('metrics', async t => {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8';
  const state = (): OperatorState => ready;
  const metrics = async (): Promise<{ contentType: string; text: string }> => ({ contentType, text: 'a 1' });
  const admin = { address: loopback, kind: 'admin', state, metrics } as const;
  t.match(await ask(t, admin, { path: '/metrics' }), { status: 200, body: 'a 1\n' });
  t.match(await ask(t, admin, { path: '/metrics', method: 'HEAD' }), { status: 200, body: '' });
  t.match(await ask(t, admin, { path: '/metrics', method: 'POST' }), { status: 404 });
  t.match(await ask(t, admin, { path: '/metrics', headers: { Host: 'evil.example' } }), { status: 421 });
  t.match(await ask(t, { ...admin, token: () => 'secret' }, { path: '/metrics' }), { status: 401 });
  t.match(await ask(t, { ...admin, kind: 'health' }, { path: '/metrics' }), { status: 404 });
  const broken = { ...admin, metrics: () => Promise.reject(new Error('secret')) };
  t.strictSame(await ask(t, broken, { path: '/metrics' }), {
    status: 500,
    body: 'the metrics could not be written\n',
    challenge: undefined,
  });
});

t.test('admin tells generation, policy, issuers and the problems of the last reload', async t => {
  const introspection = [{ endpoint: 'introspection[0]', error: 'down' }];
  const state = () => ({ ...ready, introspection, configProblems: ['proxy.yaml:1:1 x: is unknown'] });
  for (const path of ['/healthz', '/readyz']) {
    const answer = await ask(t, { address: loopback, kind: 'admin', state }, { path });
    t.equal(answer.status, 200);
    t.strictSame(JSON.parse(answer.body), {
      status: path === '/healthz' ? 'ok' : 'ready',
      draining: false,
      introspection,
      generation: 3,
      policy: 'abc123',
      issuers: ready.issuers,
      configProblems: ['proxy.yaml:1:1 x: is unknown'],
      restartNeeded: [],
    });
  }
});

t.test('admin answers HEAD without a body, and no other method', async t => {
  const options = { address: loopback, kind: 'admin', state: () => ready } as const;
  t.match(await ask(t, options, { path: '/readyz', method: 'HEAD' }), { status: 200, body: '' });
  t.match(await ask(t, options, { path: '/readyz', method: 'POST' }), { status: 404 });
});

const hosts: readonly (readonly [host: string, status: number])[] = [
  ['localhost', 200],
  ['localhost:9090', 200],
  ['127.0.0.1:1', 200],
  ['127.0.0.53', 200],
  ['[::1]:9090', 200],
  ['evil.example', 421],
  ['127.0.0.1.evil.example', 421],
  ['localhost.evil.example:9090', 421],
  ['2130706433', 421],
  ['10.0.0.1', 421],
];
for (const [host, status] of hosts) {
  t.test(`admin on loopback as ${host}: ${status} (DNS rebinding)`, async t => {
    const answer = await ask(
      t,
      { address: loopback, kind: 'admin', state: () => ready },
      { path: '/readyz', headers: { Host: host } },
    );
    t.equal(answer.status, status);
    t.equal(answer.body.includes('abc123'), status === 200);
  });
}

const tokens: readonly (readonly [
  rule: string,
  token: string | undefined,
  shown: string | undefined,
  status: number,
])[] = [
  ['the token lets in', 'sesame', 'Bearer sesame', 200],
  ['the scheme is read in any case (RFC 9110 §11.1)', 'sesame', 'bearer sesame', 200],
  ['no token does not', 'sesame', undefined, 401],
  ['a longer one does not', 'sesame', 'Bearer sesame1', 401],
  ['the beginning of it does not', 'sesame', 'Bearer sesam', 401],
  ['Basic does not', 'sesame', 'Basic sesame', 401],
  ['an empty file lets nobody in', '', 'Bearer ', 401],
  ['an unreadable file lets nobody in', undefined, 'Bearer undefined', 401],
];
for (const [rule, token, shown, status] of tokens) {
  t.test(`admin off loopback: ${rule}`, async t => {
    const headers: Record<string, string> = shown === undefined ? {} : { Authorization: shown };
    const options = { address: anywhere, kind: 'admin', state: () => ready, token: () => token } as const;
    const answer = await ask(t, options, { path: '/readyz', headers: { ...headers, Host: 'gate.example' } });
    t.equal(answer.status, status);
    t.equal(answer.challenge, status === 401 ? 'Bearer realm="hubgate admin"' : undefined);
  });
}

t.test('admin off loopback without a token does not open', async t => {
  await t.rejects(openOperatorDoor({ address: anywhere, kind: 'admin', state: () => ready }), /tokenFile/);
});

/** Below the 107 bytes that a socket's path may have, however long the checkout's is. */
function socketPath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'admin-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'admin.sock');
}

t.test('admin on a Unix socket asks for no Host', async t => {
  const address = { kind: 'unix', path: socketPath(t) } as const;
  t.match(await ask(t, { address, kind: 'admin', state: () => ready }, { path: '/readyz', headers: { Host: 'x' } }), {
    status: 200,
  });
});

t.test('a port that is taken is an error', async t => {
  const first = await openOperatorDoor({ address: loopback, kind: 'health', state: () => ready });
  t.teardown(() => first.close());
  const port = Number(first.address.split(':')[1]);
  await t.rejects(openOperatorDoor({ address: { ...loopback, port }, kind: 'health', state: () => ready }), {
    message: `can not listen on 127.0.0.1:${port}: EADDRINUSE`,
  });
});

for (const kind of ['health', 'admin'] as const) {
  t.test(`${kind}: a socket file that a killed process left is taken over, one that serves is not`, async t => {
    const path = socketPath(t);
    const abandon = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', abandon]);
    t.ok(existsSync(path), 'it was left');
    const options = { address: { kind: 'unix', path }, kind, state: () => ready } as const;
    const door = await openOperatorDoor(options);
    t.teardown(() => door.close());
    t.equal(door.address, `unix:${path}`);
    await t.rejects(openOperatorDoor(options), { message: `can not listen on unix:${path}: EADDRINUSE` });
    t.match(await askAt(door, { path: '/healthz' }), { status: 200 });
  });
}
