import { createPublicKey, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { type Exchange, exchange } from '../../src/demo/exchange.ts';
import { startIssuer } from '../../src/demo/issuer.ts';
import { freePort, listenOnLoopback } from '../../src/demo/loopback.ts';
import { brokenPromises } from '../../src/demo/promises.ts';
import { curlCommand, type DemoPromise, type DemoRequest, demoRequests, withTokens } from '../../src/demo/requests.ts';
import { configText, type StartGate, startDemo } from '../../src/demo/run.ts';

/** A gate that is none: passes every byte to the hub as it came. */
const noGate: StartGate = async ({ configPath }) => {
  const config = await readFile(configPath, 'utf8');
  const portAfter = (key: string): number => Number(new RegExp(`${key}: \\S*127\\.0\\.0\\.1:(\\d+)`).exec(config)?.[1]);
  const server = createServer(socket => {
    const hub = connect(portAfter('url'), '127.0.0.1');
    socket.pipe(hub).pipe(socket);
    socket.on('error', () => hub.destroy());
    hub.on('error', () => socket.destroy());
  });
  await listenOnLoopback(server, portAfter('- address'));
  return {
    stop: async () => {
      server.close();
    },
  };
};

const quiet = { env: {}, stdout: new PassThrough(), stderr: new PassThrough() };

t.test('without a gate no promise about identity is kept', async t => {
  const demo = await startDemo({ startGate: noGate, ports: [], ...quiet });
  t.teardown(() => demo.stop());
  for (const request of demoRequests) {
    const before = demo.arrivals();
    const answer = await exchange(request, demo.origin, demo.tokens);
    const faults = brokenPromises(request.promise, answer, demo.arrivals() > before);
    t.not(faults.length, 0, request.title);
  }
});

t.test('the stand-in behind its proxy tells a login, a server and a WebSocket what it received', async t => {
  const demo = await startDemo({ startGate: noGate, ports: [], ...quiet });
  t.teardown(() => demo.stop());
  const send = (target: string, fields: DemoRequest['fields'], more: Partial<DemoRequest> = {}): Promise<Exchange> =>
    exchange({ title: '', expect: '', promise: { status: 0 }, target, fields, ...more }, demo.origin, demo.tokens);

  const anonymous = await send('/hub/login', []);
  t.equal(anonymous.status, 401);
  const login = await send('/hub/login', [['rEmote-User', 'alice']]);
  t.match(login, { status: 302, fields: new Map([['location', '/hub/home']]) });
  const { fields } = JSON.parse(login.body).received;
  t.match(fields, [/^host: 127/], "in wire order, names as the hub's proxy spells them");
  t.ok(fields.includes('remote-user: alice'));
  t.equal(JSON.parse((await send('/hub/api', [])).body).version, '6.1.1+demo');
  t.equal((await send('/user/alice/lab?x=1', [])).status, 200);
  const socket = await send('/user/alice/echo', [['Remote_User', 'eve']], { webSocket: true });
  t.equal(socket.status, 101);
  t.match(JSON.parse(socket.body).received, { method: 'GET', target: '/user/alice/echo' });
  t.ok(socket.body.includes('eve'));
});

t.test('stopping removes the config and frees the port', async t => {
  let folder = '';
  const startGate: StartGate = options => {
    folder = dirname(options.configPath);
    return noGate(options);
  };
  const demo = await startDemo({ startGate, ports: [], ...quiet });
  t.ok(existsSync(folder));
  await demo.stop();
  t.notOk(existsSync(folder));
  const port = Number(new URL(demo.origin).port);
  t.equal(await freePort([port]), port);
});

t.test('a gate that does not start leaves nothing behind', async t => {
  let folder = '';
  const startGate: StartGate = async ({ configPath }) => {
    folder = dirname(configPath);
    throw new Error('no');
  };
  await t.rejects(startDemo({ startGate, ports: [], ...quiet }), /no/);
  t.notOk(existsSync(folder));
});

t.test('a port that is taken is passed over', async t => {
  const taken = createServer();
  t.teardown(() => taken.close());
  const port = await listenOnLoopback(taken);
  const found = await freePort([port]);
  t.ok(found > 0 && found !== port);
});

t.test('the config of the demo holds', async t => {
  const issuer = { url: 'http://127.0.0.1:3', jwksUrl: 'http://127.0.0.1:3/jwks' };
  const read = parseConfig(configText(8080, 2, issuer), 'proxy.yaml', {});
  t.strictSame(read.ok ? [...read.warnings] : read.problems, []);
});

t.test('the issuer signs with the key that it serves', async t => {
  const issuer = await startIssuer();
  t.teardown(() => issuer.close());
  const { keys } = (await (await fetch(issuer.jwksUrl)).json()) as { keys: [Record<string, string>] };
  t.strictSame(Object.keys(keys[0]).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'], 'the public part alone');
  const [head = '', claims = '', signature = ''] = issuer.mint('alice', -5).split('.');
  const key = createPublicKey({ format: 'jwk', key: keys[0] });
  t.ok(verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url')));
  const { exp, iat, ...rest } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  t.strictSame(rest, { iss: issuer.url, aud: 'hubgate-demo', sub: 'alice', preferred_username: 'alice' });
  t.ok(exp < Date.now() / 1000 && iat < exp);
});

t.test('every request is printed as the command that does the same', async t => {
  for (const request of demoRequests) {
    const command = curlCommand(request, 'http://127.0.0.1:8080');
    t.ok(command.endsWith(` 'http://127.0.0.1:8080${request.target}'`), command);
    for (const [name, value] of request.fields) t.ok(command.includes(`--header "${name}: ${value}"`));
    t.equal(command.includes('Upgrade: websocket'), request.webSocket === true);
  }
  t.equal(withTokens('Bearer $GOOD $EXPIRED', { GOOD: 'a', EXPIRED: '$&' }), 'Bearer a $&');
});

const kept: Exchange = {
  status: 302,
  fields: new Map([['location', '/hub/home']]),
  body: JSON.stringify({ received: { fields: ['Remote-User: alice'] } }),
};
const promise: DemoPromise = {
  status: 302,
  answer: { location: '/hub/home' },
  hubSaw: { 'remote-user': 'alice', authorization: null },
};
const seen = (...fields: readonly string[]): Exchange => ({
  ...kept,
  body: JSON.stringify({ received: { fields } }),
});
const broken: readonly (readonly [
  what: string,
  promise: DemoPromise,
  answer: Exchange,
  arrived: boolean,
  fault: RegExp,
])[] = [
  ['another status', promise, { ...kept, status: 200 }, true, /status 200, expected 302/],
  ['it never came to the hub', promise, kept, false, /did not reach/],
  ['a refused one did', { status: 302, reason: 'alice' }, kept, true, /it reached the hub/],
  ['another reason', { status: 302, reason: 'token-expired' }, kept, false, /no token-expired/],
  ['another place', { ...promise, answer: { location: '/evil' } }, kept, true, /location is \/hub\/home/],
  ['another user', promise, seen('remote-user: root'), true, /expected one with alice/],
  ['two users', promise, seen('Remote-User: alice', 'Remote_User: root'), true, /received 2 of remote-user/],
  ['no user', promise, seen(), true, /received 0 of remote-user/],
  [
    'the token got through',
    promise,
    seen('Remote-User: alice', 'Authorization: x'),
    true,
    /authorization, expected none/,
  ],
  ['a body that tells nothing', promise, { ...kept, body: '<html>' }, true, /does not tell/],
];
for (const [what, promised, answer, arrived, fault] of broken) {
  t.test(`a broken promise is told: ${what}`, async t => {
    t.match(brokenPromises(promised, answer, arrived).join('; '), fault);
  });
}
t.test('a kept promise has nothing to tell', async t => {
  t.strictSame(brokenPromises(promise, kept, true), []);
});
