/** WebSockets that an opaque token opened, on a running gate: they end when its endpoint says so, or says nothing for too long. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { type GateHere, startGateHere } from '../../gates/gate-here.ts';
import { jwtEntry, type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../../gates/lab.ts';

/** What an endpoint does with a question about a token, now. */
type Reply = Readonly<Record<string, unknown>> | 'silence' | 'fault';

interface World {
  readonly lab: Lab;
  readonly gate: GateHere;
  /** What the endpoint says of each token; of others, that they are not active. */
  readonly replies: Map<string, Reply | (() => Reply)>;
  /** Questions about a token. */
  readonly asked: (token: string) => number;
  readonly open: (token: string) => Promise<WebSocket>;
  /** One request; the status. */
  readonly get: (token: string) => Promise<number>;
  /** Writes the config anew, with these keys of the endpoint's entry, or none at all. */
  readonly reload: (entry: WrittenConfig | null) => Promise<void>;
}

const issuer = 'https://sso.test';
const mostLateMs = 10_000;
const patienceMs = 30_000;
const seconds = (): number => Date.now() / 1000;

const active = (sub: string, more: Readonly<Record<string, unknown>> = {}): Reply => ({
  ...{ active: true, token_type: 'Bearer', iss: issuer, aud: 'jupyterhub', sub },
  ...more,
});
const inactive: Reply = { active: false };

async function listen(t: Test, server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'silence') return;
  response.writeHead(reply === 'fault' ? 500 : 200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(reply));
}

async function openWorld(t: Test, keys: WrittenConfig): Promise<World> {
  const lab = makeLab(t);
  lab.write('secret', 'of-the-gate');
  const replies: World['replies'] = new Map();
  const questions: string[] = [];
  const endpoint = createServer(async (request, response) => {
    const token = new URLSearchParams(await text(request)).get('token') ?? '';
    questions.push(token);
    const reply = replies.get(token) ?? inactive;
    answer(response, typeof reply === 'function' ? reply() : reply);
  });
  const endpointPort = await listen(t, endpoint);
  const hub = createServer((_request, response) => response.end('ok'));
  new WebSocketServer({ server: hub }).on('connection', socket => {
    socket.on('message', data => socket.send(data.toString()));
  });
  const hubPort = await listen(t, hub);
  const entryOf = (more: WrittenConfig): WrittenConfig => ({
    ...{ url: `http://127.0.0.1:${endpointPort}/`, clientId: 'gate', clientSecretFile: 'secret' },
    ...{ issuer: { url: issuer, audiences: ['jupyterhub'] }, namespace: 'lab' },
    claimMappings: { username: { claim: 'sub', prefix: '' }, groups: { claim: 'groups', prefix: '' } },
    ...more,
  });
  const write = (entry: WrittenConfig | null, more: WrittenConfig = {}): string =>
    lab.write(
      'proxy.yaml',
      labConfig(
        { url: `http://127.0.0.1:${hubPort}`, authenticator: 'jhub_remote_auth_mount.RemoteUserAuthenticator' },
        {
          ...{ jwt: [{ ...jwtEntry(), namespace: 'lab' }], sso: [], user: { deny: { groups: ['barred'] } } },
          ...{ introspection: entry === null ? [] : [entryOf(entry)], ...more },
        },
      ),
    );
  const gate = await startGateHere(t, write(keys));
  const headersOf = (token: string) => ({ Host: publicHost, Authorization: `Bearer ${token}` });
  return {
    lab,
    gate,
    replies,
    asked: token => questions.filter(one => one === token).length,
    async open(token) {
      const client = new WebSocket(`ws://127.0.0.1:${gate.port}/user/a/`, { headers: headersOf(token) });
      t.teardown(() => client.terminate());
      await once(client, 'open');
      return client;
    },
    async get(token) {
      const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/user/a/`, { headers: headersOf(token) });
      return new Promise(resolve => {
        socket.on('open', () => {
          socket.terminate();
          resolve(101);
        });
        socket.on('unexpected-response', (_request, response) => {
          resolve(response.statusCode ?? 0);
          socket.terminate();
        });
        socket.on('error', () => undefined);
      });
    },
    async reload(entry) {
      write(entry);
      await gate.reload();
    },
  };
}

async function until(holds: () => boolean): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (!holds() && performance.now() < deadline) await pause(20);
  return holds();
}

type End = { readonly code: number; readonly reason: string; readonly at: number };

const ended = async (client: WebSocket): Promise<End> => {
  const [code, reason] = (await once(client, 'close', { signal: AbortSignal.timeout(patienceMs) })) as [number, Buffer];
  return { code, reason: reason.toString(), at: Date.now() };
};

async function echoes(t: Test, client: WebSocket, what: string): Promise<void> {
  client.send('still there?');
  const [heard] = (await once(client, 'message', { signal: AbortSignal.timeout(patienceMs) })) as [Buffer];
  t.equal(heard.toString(), 'still there?', what);
}

function inTime(t: Test, { at }: End, due: number, withinMs: number, what: string): void {
  t.comment(`${what}: ${at - due} ms later`);
  t.ok(at >= due && at - due <= withinMs + mostLateMs, `${what}: ${at - due} ms later`);
}

test('revoked at the issuer, expired, silent, at fault, under other groups: each ends with its own reason, and others go on', async t => {
  const { replies, asked, open, get } = await openWorld(t, { cacheFor: '1s', timeout: '500ms' });
  const bound = 1500;
  const later = { exp: seconds() + 3600 };
  replies.set('revoked', active('alice', later));
  replies.set('lasting', active('bob', later));
  replies.set('without-exp', active('carol'));
  replies.set('silenced', active('dave', later));
  replies.set('failing', active('erin', later));
  replies.set('silenced-without-exp', active('frank'));
  replies.set('barred', active('grace', { ...later, groups: ['staff'] }));
  replies.set('renamed', active('heidi', later));
  const tokens = [...replies.keys()];
  const clients = new Map<string, WebSocket>();
  for (const token of tokens) clients.set(token, await open(token));
  const expiring = (): Promise<End>[] => tokens.map(token => ended(clients.get(token) ?? ({} as WebSocket)));
  t.ok(await until(() => tokens.every(token => asked(token) > 2)), 'all of them are asked about while they are open');
  for (const [token, client] of clients) await echoes(t, client, `${token} is open while it is active`);

  const begin = Date.now();
  const [revoked, lasting, withoutExp, silenced, failing, silencedWithoutExp, barred, renamed] = expiring();
  lasting?.catch(() => undefined);
  replies.set('revoked', inactive);
  replies.set('silenced', 'silence');
  replies.set('failing', 'fault');
  replies.set('silenced-without-exp', 'silence');
  replies.set('barred', active('grace', { ...later, groups: ['barred'] }));
  replies.set('renamed', active('mallory', later));
  const rows: readonly (readonly [Promise<End> | undefined, string])[] = [
    [revoked, 'token-revoked'],
    [silenced, 'introspection-unavailable'],
    [failing, 'introspection-unavailable'],
    [silencedWithoutExp, 'introspection-unavailable'],
    [barred, 'not-allowed'],
    [renamed, 'not-allowed'],
  ];
  for (const [end, reason] of rows) {
    const found = await end;
    t.match(found, { code: 1008, reason });
    if (found !== undefined) inTime(t, found, begin, bound, reason);
  }
  t.equal(await get('silenced'), 503, 'no new one opens meanwhile');
  const before = [asked('lasting'), asked('without-exp')];
  t.ok(await until(() => asked('lasting') > (before[0] ?? 0) && asked('without-exp') > (before[1] ?? 0)));
  for (const token of ['lasting', 'without-exp']) await echoes(t, clients.get(token) ?? ({} as WebSocket), token);

  const second = Date.now();
  replies.set('without-exp', inactive);
  const found = await withoutExp;
  t.match(found, { code: 1008, reason: 'token-revoked' });
  if (found !== undefined) inTime(t, found, second, bound, 'without exp');
  t.equal(clients.get('lasting')?.readyState, WebSocket.OPEN);
});

test('a token ends at its exp: by the clock and its tolerance, or when the endpoint says so; a fresh proof prolongs', async t => {
  const { lab, replies, open, get } = await openWorld(t, { cacheFor: '1s', timeout: '500ms', clockTolerance: '1s' });
  const exp = Math.floor(seconds()) + 3;
  replies.set('by-the-clock', active('alice', { exp }));
  const whileItHolds = (sub: string) => (): Reply => (seconds() < exp ? active(sub, { exp }) : inactive);
  replies.set('by-the-endpoint', whileItHolds('bob'));
  replies.set('old', whileItHolds('carol'));
  replies.set('fresh', active('carol', { exp: exp + 3600 }));
  lab.secrets.add('by-the-clock');
  const [byClock, byEndpoint, prolonged] = [
    await open('by-the-clock'),
    await open('by-the-endpoint'),
    await open('old'),
  ];
  const [clockEnd, endpointEnd] = [ended(byClock), ended(byEndpoint)];
  t.equal(await get('fresh'), 101);
  for (const [end, due] of [
    [await clockEnd, (exp + 1) * 1000],
    [await endpointEnd, exp * 1000],
  ] as const) {
    t.match(end, { code: 1008, reason: 'token-expired' });
    inTime(t, end, due, 1000, 'exp');
  }
  await echoes(t, prolonged, 'the user has shown a later token of the same issuer');
  const begin = Date.now();
  const end = ended(prolonged);
  replies.set('fresh', inactive);
  const found = await end;
  t.match(found, { code: 1008, reason: 'token-expired' }, 'what prolonged it is revoked, its own token is past');
  inTime(t, found, begin, 1500, 'the revocation of what prolonged it');
});

test('an endpoint that is away for a moment ends nobody', async t => {
  const { replies, asked, open } = await openWorld(t, { cacheFor: '3s', timeout: '4s' });
  replies.set('token', active('alice', { exp: seconds() + 3600 }));
  const client = await open('token');
  const before = asked('token');
  replies.set('token', () => (asked('token') === before + 1 ? 'fault' : active('alice', { exp: seconds() + 3600 })));
  t.ok(await until(() => asked('token') >= before + 3), 'asked once in vain, and then again');
  await echoes(t, client, 'it is open still');
});

test('a reload: without the issuer nothing stays, and a shorter cacheFor holds for what is open', async t => {
  const { replies, asked, open, reload } = await openWorld(t, { cacheFor: '1h' });
  for (const [token, user] of Object.entries({ one: 'alice', two: 'bob' }))
    replies.set(token, active(user, { exp: seconds() + 3600 }));
  const [one, two] = [await open('one'), await open('two')];
  t.equal(asked('one'), 1);
  await reload({ cacheFor: '1s', timeout: '500ms' });
  t.ok(await until(() => asked('one') > 1), 'asked sooner now');
  await echoes(t, one, 'it is active still');
  const revoked = ended(one);
  replies.set('one', inactive);
  t.match(await revoked, { code: 1008, reason: 'token-revoked' });

  const dropped = ended(two);
  await reload(null);
  t.match(await dropped, { code: 1008, reason: 'token-issuer' });
});
