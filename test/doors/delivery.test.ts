/** A delivery through a real gate, before a hub that does not always do as it should: the browser gets all of a login, or none. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, publicHost } from '../gates/lab.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const loginCookies = [
  'jupyterhub-hub-login="2|1:0|fresh"; HttpOnly; Path=/hub/',
  '_xsrf=first; Path=/hub/',
  'jupyterhub-session-id=s; Path=/',
];

const logsIn: Answer = (_, response) =>
  response.writeHead(302, { Location: '/hub/home', 'Set-Cookie': loginCookies, 'Content-Length': '0' }).end();
const takes: Answer = (_, response) => response.writeHead(302, { Location: '/hub/home' }).end();
const says =
  (status: number, headers: Readonly<Record<string, string | string[]>> = {}): Answer =>
  (_, response) =>
    response.writeHead(status, headers).end('what the hub says');
const cut: Answer = (_, response) => void response.socket?.destroy();

type World = {
  readonly lab: Lab;
  readonly gate: GateHere;
  /** `METHOD path` of what came to the hub, with the fields that a delivery is about. */
  readonly seen: { line: string; headers: IncomingMessage['headers'] }[];
  readonly answers: Map<string, Answer>;
  readonly ask: (line: string, ...lines: readonly string[]) => Promise<RawResponse | undefined>;
};

async function openWorld(t: Test, answers: Readonly<Record<string, Answer>> = {}): Promise<World> {
  const all = new Map(Object.entries({ 'GET /hub/login': logsIn, 'POST /hub/mount': takes, ...answers }));
  const seen: World['seen'] = [];
  const hub = createServer((request, response) => {
    const line = `${request.method} ${request.url?.split('?')[0]}`;
    // The version, which the gate asks for by itself.
    if (line === 'GET /hub/api') return void response.end('{}');
    seen.push({ line, headers: request.headers });
    (all.get(line) ?? says(200))(request, response);
  }).listen(0, '127.0.0.1');
  await once(hub, 'listening');
  t.teardown(() => {
    hub.closeAllConnections();
    hub.close();
  });
  const lab = makeLab(t);
  mkdirSync(join(lab.folder, 'mounts'));
  const key = '-----BEGIN KEY-----\nthe private key itself\n';
  lab.secrets.add('the private key itself');
  lab.write('mounts/alice.json', { HOST: 'h', USERNAME: 'u', PATH: '/p', MOUNTSSHPRIVATEKEY: key });
  const url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  const authenticator = 'jhub_remote_auth_mount.MountRemoteUserAuthenticator';
  const inject = { mount: { from: { file: 'mounts/{user}.json' } } };
  const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig({ url, authenticator }, { inject })));
  return {
    ...{ lab, gate, seen, answers: all },
    async ask(line, ...lines) {
      const head = [
        `${line} HTTP/1.1`,
        `Host: ${publicHost}`,
        `Authorization: Bearer ${lab.token('alice')}`,
        'Accept: text/html',
      ];
      const [answer] = await rawRequest({ port: gate.port, bytes: `${[...head, ...lines].join('\r\n')}\r\n\r\n` });
      return answer;
    },
  };
}

const cookiesIn = (answer: RawResponse | undefined): string[] =>
  (answer?.fields ?? []).filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, value]) => value);
const lines = ({ seen }: World): string[] => seen.map(({ line }) => line);

test('a login is answered once the hub has the mount (M1)', async t => {
  const world = await openWorld(t, {
    'POST /hub/mount': says(302, {
      Location: '/hub/home',
      'Set-Cookie': ['_xsrf=second; Path=/hub/', 'x=y; Path=/hub/'],
    }),
  });
  const answer = await world.ask(
    'GET /hub/login?next=%2Fhub%2Fspawn',
    'User-Agent: Mozilla/5.0',
    'Cookie: theme=dark; _xsrf=old',
  );
  t.equal(answer?.status, 302);
  t.same(
    cookiesIn(answer),
    [loginCookies[0], loginCookies[2], '_xsrf=second; Path=/hub/', 'x=y; Path=/hub/'],
    'the last word on each',
  );
  t.same(lines(world), ['GET /hub/login', 'POST /hub/mount']);
  const { headers } = world.seen[1] ?? {};
  t.match(headers, {
    host: publicHost,
    'remote-user': 'alice',
    mount: /MOUNTSSHPRIVATEKEY/,
    'user-agent': 'Mozilla/5.0',
    'x-xsrftoken': 'first',
    'content-length': '0',
    'x-forwarded-for': '127.0.0.1',
    cookie: 'theme=dark; _xsrf=first; jupyterhub-hub-login="2|1:0|fresh"; jupyterhub-session-id=s',
  });
  t.equal(world.seen[0]?.headers['mount'], undefined, 'the login itself has none');
});

const failures: readonly (readonly [
  title: string,
  answers: Readonly<Record<string, Answer>>,
  status: number,
  reason: string,
])[] = [
  ['the plugin chokes', { 'POST /hub/mount': says(500) }, 502, 'delivery-failed'],
  ['the plugin refuses', { 'POST /hub/mount': says(403) }, 502, 'delivery-failed'],
  ['there is no such endpoint', { 'POST /hub/mount': says(404) }, 502, 'delivery-failed'],
  ['a page of somebody in between', { 'POST /hub/mount': says(200) }, 502, 'delivery-failed'],
  ['not a word', { 'POST /hub/mount': says(204) }, 502, 'delivery-failed'],
  [
    'a login again',
    { 'POST /hub/mount': says(302, { Location: '/hub/login?next=%2Fhub%2Fhome' }) },
    502,
    'delivery-failed',
  ],
  ['a login elsewhere', { 'POST /hub/mount': says(302, { Location: '//sso.test/hub/home' }) }, 502, 'delivery-failed'],
  ['a way to nowhere', { 'POST /hub/mount': says(302) }, 502, 'delivery-failed'],
  ['nothing new', { 'POST /hub/mount': says(304) }, 502, 'delivery-failed'],
  [
    'a page that logs in by itself',
    { 'GET /hub/login': says(200, { 'Set-Cookie': loginCookies }), 'POST /hub/mount': says(500) },
    502,
    'delivery-failed',
  ],
  [
    'the hub does not know its own login',
    { 'POST /hub/mount': says(403), 'GET /hub/home': says(302, { Location: '/hub/login' }) },
    502,
    'delivery-failed',
  ],
  ['the hub goes away', { 'POST /hub/mount': cut }, 502, 'hub-unreachable'],
  ['the hub goes away with the page', { 'POST /hub/mount': says(403), 'GET /hub/home': cut }, 502, 'hub-unreachable'],
];

for (const [title, answers, status, reason] of failures)
  test(`nobody is logged in half-way: ${title}`, async t => {
    const world = await openWorld(t, answers);
    const answer = await world.ask('GET /hub/login');
    t.equal(answer?.status, status);
    t.match(String(answer?.body), reason);
    t.same(cookiesIn(answer), [], 'no cookie of the login is handed out');
    t.notMatch(String(answer?.body), /what the hub says|private key/);
    await world.gate.stop();
    t.match(world.gate.output(), new RegExp(`"reason":"${reason}"`));
  });

for (const Location of ['/hub/home', `http://${publicHost}/hub/home`, '/hub/home?a=b'])
  test(`a delivery is taken where the hub leads home: ${Location}`, async t => {
    const world = await openWorld(t, { 'POST /hub/mount': says(302, { Location }) });
    t.equal((await world.ask('GET /hub/login'))?.status, 302);
  });

test('an XSRF token that does not fit yet is fetched', async t => {
  let posts = 0;
  const world = await openWorld(t, {
    'POST /hub/mount': (request, response) => {
      posts += 1;
      const isFresh = request.headers['x-xsrftoken'] === 'fresh';
      (isFresh ? takes : says(403))(request, response);
    },
    'GET /hub/home': says(200, { 'Set-Cookie': ['_xsrf="fresh"; Path=/hub/'] }),
  });
  const answer = await world.ask('GET /hub/login');
  t.equal(answer?.status, 302);
  t.same(lines(world), ['GET /hub/login', 'POST /hub/mount', 'GET /hub/home', 'POST /hub/mount']);
  t.equal(posts, 2);
  t.ok(cookiesIn(answer).includes('_xsrf="fresh"; Path=/hub/'));
  t.notOk(cookiesIn(answer).includes(loginCookies[1] ?? ''));
});

const noLogins: readonly (readonly [title: string, answer: Answer, status: number])[] = [
  ['a refusal', says(401), 401],
  ['a page', says(200, { 'Set-Cookie': '_xsrf=x; Path=/hub/' }), 200],
  ['a redirect without a login', says(302, { Location: '/hub/error' }), 302],
  ['a login that is taken back', says(302, { 'Set-Cookie': 'jupyterhub-hub-login=; Max-Age=0; Path=/hub/' }), 302],
  ['a fault', says(500), 500],
];

for (const [title, login, status] of noLogins)
  test(`an answer that is no login goes on as it is: ${title}`, async t => {
    const world = await openWorld(t, { 'GET /hub/login': login });
    const answer = await world.ask('GET /hub/login');
    t.equal(answer?.status, status);
    t.equal(String(answer?.body), 'what the hub says');
    t.same(lines(world), ['GET /hub/login']);
  });

const again = ['GET /hub/login', 'POST /hub/mount'];

test('a start brings it again, in a session of which the browser hears nothing', async t => {
  const world = await openWorld(t, {
    'GET /hub/spawn': says(200, { 'Set-Cookie': 'a=b; Path=/hub/' }),
  });
  const cookies = 'Cookie: jupyterhub-hub-login=x; _xsrf=y; jupyterhub-session-id=z';
  const answer = await world.ask('GET /hub/spawn', cookies);
  t.equal(String(answer?.body), 'what the hub says');
  t.same(cookiesIn(answer), ['a=b; Path=/hub/']);
  t.same(lines(world), [...again, 'GET /hub/spawn']);
  const [login, posted, spawn] = world.seen.map(({ headers }) => headers);
  t.match(login, { 'remote-user': 'alice' });
  t.equal(login?.cookie, undefined, 'whoever the browser was to the hub before');
  t.equal(login?.['mount'], undefined);
  t.match(posted, {
    'x-xsrftoken': 'first',
    cookie: 'jupyterhub-hub-login="2|1:0|fresh"; _xsrf=first; jupyterhub-session-id=s',
  });
  t.match(spawn, { cookie: 'jupyterhub-hub-login=x; _xsrf=y; jupyterhub-session-id=z' });
  t.equal(spawn?.['mount'], undefined);

  await world.ask('GET /hub/spawn-pending/MFWGSY3F', cookies);
  t.same(lines(world).slice(3), ['GET /hub/spawn-pending/MFWGSY3F'], 'of late');
  world.answers.set('GET /hub/home', says(503));
  await world.ask('GET /hub/home', cookies);
  await world.ask('GET /hub/spawn-pending/MFWGSY3F', cookies);
  t.same(lines(world).slice(5), [...again, 'GET /hub/spawn-pending/MFWGSY3F'], 'the hub was away meanwhile');
});

test('a start by a body, which waits', async t => {
  const world = await openWorld(t, {
    'POST /hub/api/users/MFWGSY3F/server': (request, response) => void request.pipe(response.writeHead(201)),
  });
  const [answer] = await rawRequest({
    port: world.gate.port,
    bytes: [
      'POST /hub/api/users/MFWGSY3F/server HTTP/1.1',
      `Host: ${publicHost}`,
      `Authorization: Bearer ${world.lab.token('alice')}`,
      'Cookie: jupyterhub-hub-login=x; _xsrf=y',
      'Content-Length: 7',
      '',
      '{"a":1}',
    ].join('\r\n'),
  });
  t.equal(answer?.status, 201);
  t.equal(String(answer?.body), '{"a":1}');
  t.same(lines(world), [...again, 'POST /hub/api/users/MFWGSY3F/server']);
});

const noStarts: readonly (readonly [
  title: string,
  answers: Readonly<Record<string, Answer>>,
  asked: readonly string[],
])[] = [
  ['a hub that does not take it', { 'POST /hub/mount': says(500) }, again],
  ['a hub that logs the user in no more', { 'GET /hub/login': says(403) }, ['GET /hub/login']],
  ['a hub that chokes on the login', { 'GET /hub/login': says(500) }, ['GET /hub/login']],
  [
    'a hub that does not know its own login',
    { 'POST /hub/mount': says(403), 'GET /hub/home': says(302, { Location: '/hub/login' }) },
    [...again, 'GET /hub/home'],
  ],
];

for (const [title, answers, asked] of noStarts)
  test(`${title} starts no server`, async t => {
    const world = await openWorld(t, answers);
    const answer = await world.ask('GET /hub/spawn', 'Cookie: jupyterhub-hub-login=x; _xsrf=y');
    t.equal(answer?.status, 502);
    t.match(String(answer?.body), 'delivery-failed');
    t.notMatch(String(answer?.body), /what the hub says|private key/);
    t.same(lines(world), asked);
  });

test('a browser that goes meanwhile', async t => {
  const posted = Promise.withResolvers<ServerResponse>();
  const world = await openWorld(t, { 'POST /hub/mount': (_, response) => posted.resolve(response) });
  const socket = connect(world.gate.port, '127.0.0.1');
  socket.write(
    `GET /hub/login HTTP/1.1\r\nHost: ${publicHost}\r\nAuthorization: Bearer ${world.lab.token('alice')}\r\n\r\n`,
  );
  const response = await posted.promise;
  const closed = once(response, 'close');
  socket.destroy();
  await closed;
  t.pass('the gate lets go of the hub');
  await world.gate.stop();
  t.match(world.gate.output(), /"decision":"forward","status":0,"complete":false/);
});
