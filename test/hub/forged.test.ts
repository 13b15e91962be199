/** Forged identity on HTTP and on the WebSocket upgrade: at the hub the user stays who is proved, and servers see nothing of who that is. */
import { once } from 'node:events';
import { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { rawRequest } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, jwtEntry, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { type Forgery, forgedName, forgeries, forwardingForgeries } from './setup/forgeries.ts';
import { startHub } from './setup/hub.ts';
import { authState, hubUsers, makeUserToken, readableAuthState } from './setup/hub-users.ts';
import { receivedFields, startServer, userServerConfig } from './setup/user-server.ts';

type Protocol = 'http' | 'websocket';

const protocols: readonly Protocol[] = ['http', 'websocket'];

const handshake = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  `Origin: http://${publicHost}`,
];

/** Cookies that no server may see: the gate's own, sign-in proxies', a plugin's, the hub's, and another server's. */
const foreignCookies = [
  '__Host-hubgate-0123abcd',
  '_oauth2_proxy',
  'username',
  'token',
  'jupyterhub-hub-login',
  'jupyterhub-user-bob',
  'service-other',
];

type Sent = { port: number; protocol: Protocol; path: string; lines: readonly string[] };

async function send({ port, protocol, path, lines }: Sent): Promise<RawResponse | undefined> {
  const framing = protocol === 'http' ? ['Connection: close'] : handshake;
  const head = [`GET ${path} HTTP/1.1`, `Host: ${publicHost}`, ...framing, ...lines].join('\r\n');
  const [response] = await rawRequest({ port, bytes: `${head}\r\n\r\n`, untilClosed: true });
  return response;
}

/** The fields that the user's server got. */
function received(response: RawResponse | undefined): ReturnType<typeof receivedFields> {
  return receivedFields(response?.body.toString() ?? '');
}

function forgeriesWith(outcome: Forgery['outcome']): readonly Forgery[] {
  return forgeries.filter(forgery => forgery.outcome === outcome);
}

/** What a request through the gate and the hub's proxy has at the server, whatever the client sent beside it. */
const ownFields: Readonly<Record<Protocol, readonly string[]>> = {
  http: ['connection', 'host'],
  websocket: ['connection', 'host', 'origin', 'sec-websocket-key', 'sec-websocket-version', 'upgrade'],
};

const forwardingFamily = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-scheme',
];

/** Exactly the gate's forwarding family; the hub's own proxy appends what it sees to the lists. */
function assertOwnFields(t: Test, got: ReturnType<typeof received>, protocol: Protocol, title: string): void {
  const names = got.map(([name]) => name.toLowerCase()).sort();
  t.strictSame(names, [...ownFields[protocol], ...forwardingFamily].sort(), title);
  const values = new Map(got.map(([name, value]) => [name.toLowerCase(), value.split(/, ?/)[0]]));
  const family = Object.fromEntries(forwardingFamily.map(name => [name, values.get(name)]));
  t.strictSame(family, {
    forwarded: `for=127.0.0.1;proto=http;host=${publicHost}`,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': publicHost,
    'x-forwarded-port': '80',
    'x-forwarded-proto': 'http',
    'x-real-ip': '127.0.0.1',
    'x-scheme': 'http',
  });
}

test('forged fields on a real hub', async t => {
  const hub = await startHub(t, 'header', { extraConfig: `${readableAuthState}\n${userServerConfig}` });
  const lab = makeLab(t);
  const target = { url: hub.url, authenticator: 'jhubauthenticators.HeaderAuthenticator', apiTokens: 'forward' };
  const inject = {
    data: { State: { claim: 'lab_state' } },
    mount: { from: { claim: 'lab_mount' }, optional: true },
  };
  const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig(target, { inject })));
  const { port } = gate;
  const token = lab.token('alice', { lab_state: 'proved' });
  const proofs: readonly { proof: string; line: string; state: unknown }[] = [
    { proof: 'a token', line: `Authorization: Bearer ${token}`, state: { State: 'proved' } },
    { proof: 'an assertion', line: `${assertedUserHeader}: alice`, state: null },
  ];

  for (const protocol of protocols) {
    await t.test(`${protocol}: without a proof nothing reaches the hub`, async t => {
      for (const path of ['/hub/login', '/user/alice/x']) {
        for (const { title, lines, outcome } of forgeries) {
          const answer = await send({ port, protocol, path, lines });
          t.equal(answer?.status, outcome === 400 ? 400 : 401, `${path} ${title}`);
        }
      }
      t.notMatch(hub.log(), /\/hub\/login|\/user\/alice/);
      t.strictSame(await hubUsers(hub), []);
    });
  }

  for (const protocol of protocols) {
    for (const { proof, line, state } of proofs) {
      await t.test(`${protocol}: with ${proof} the login is alice's and holds nothing forged`, async t => {
        for (const { title, lines } of forgeriesWith('taken out')) {
          for (const order of [
            [line, ...lines],
            [...lines, line],
          ]) {
            const answer = await send({ port, protocol, path: '/hub/login', lines: order });
            t.equal(answer?.status, 302, title);
          }
          t.strictSame(await authState(hub, 'alice'), state, title);
        }
        t.strictSame(await hubUsers(hub), ['alice']);
      });
    }

    await t.test(`${protocol}: ambiguous heads are refused beside a proof too`, async t => {
      const before = hub.log().split('/hub/login').length;
      for (const { title, lines } of forgeriesWith(400)) {
        for (const { line } of proofs) {
          const answer = await send({ port, protocol, path: '/hub/login', lines: [line, ...lines] });
          t.equal(answer?.status, 400, title);
          t.equal(answer?.closed, true, 'and the connection closed');
        }
      }
      t.equal(hub.log().split('/hub/login').length, before, 'the hub saw none of them');
    });
  }

  await t.test('a trailer is no field', async t => {
    const { line, state } = { line: `Authorization: Bearer ${token}`, state: { State: 'proved' } };
    const head = `GET /hub/login HTTP/1.1\r\nHost: ${publicHost}\r\n${line}\r\nTransfer-Encoding: chunked`;
    const bytes = `${head}\r\nTrailer: Remote-User\r\n\r\n1\r\na\r\n0\r\nRemote-User: ${forgedName}\r\n\r\n`;
    const [answer] = await rawRequest({ port, bytes });
    t.equal(answer?.status, 302);
    t.strictSame(await authState(hub, 'alice'), state);
    t.strictSame(await hubUsers(hub), ['alice']);
  });

  const browser = new BrowserSession({
    port,
    origin: `http://${publicHost}`,
    headers: { Authorization: `Bearer ${token}` },
  });
  await browser.open('/hub/login');
  await startServer(browser, 'alice');
  const path = '/user/alice/x?secret=query-secret-0123456789';
  lab.secrets.add('query-secret-0123456789');

  for (const protocol of protocols) {
    for (const { proof, line } of proofs) {
      await t.test(`${protocol}: with ${proof} a server gets nothing of the identity`, async t => {
        for (const { title, lines } of forgeriesWith('taken out')) {
          const answer = await send({ port, protocol, path, lines: [...lines, line] });
          assertOwnFields(t, received(answer), protocol, title);
        }
      });
    }

    await t.test(`${protocol}: cookies of others do not reach a server`, async t => {
      const value = 'cookie-secret-0123456789';
      lab.secrets.add(value);
      const lines = foreignCookies.map(name => `Cookie: ${name}=${value}; $Version=1; ${name}="${value}"`);
      const own = ['jupyterhub-user-alice=mine', 'other=1', '_xsrf=x'];
      const cookie = `Cookie: ${own.join('; ')}`;
      const answer = await send({
        port,
        protocol,
        path,
        lines: [`Authorization: Bearer ${token}`, ...lines, cookie],
      });
      const cookies = received(answer).filter(([name]) => name.toLowerCase() === 'cookie');
      const pairs = cookies.flatMap(([, held]) => held.split('; ')).filter(pair => !pair.startsWith('$'));
      t.strictSame(pairs, own);
    });

    await t.test(`${protocol}: a hub token alone takes no cookie along`, async t => {
      const hubToken = await makeUserToken(hub, 'alice');
      lab.secrets.add(hubToken);
      const lines = [`Authorization: token ${hubToken}`, 'Cookie: jupyterhub-user-alice=mine; other=1'];
      const got = received(await send({ port, protocol, path, lines }));
      t.strictSame(
        got.filter(([name]) => /^(?:cookie|authorization)$/i.test(name)),
        [['authorization', `token ${hubToken}`]],
      );
    });
  }

  await t.test('a WebSocket that opens: the server gets what it gets on other requests', async t => {
    const own = { Authorization: `Bearer ${token}`, Host: publicHost, Origin: `http://${publicHost}` };
    const names = forgeriesWith('taken out').map(({ lines: [line = ''] }) => line.split(':')[0] ?? '');
    const headers = { ...Object.fromEntries(names.map(name => [name, [forgedName, forgedName]])), ...own };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/user/alice/open`, { headers, perMessageDeflate: false });
    const [message] = (await once(socket, 'message')) as [Buffer];
    assertOwnFields(t, receivedFields(message.toString()), 'websocket', `${names.length} names`);
    socket.close();
    await once(socket, 'close');
  });

  await t.test('who is no trusted proxy tells the hub no other origin', async t => {
    const trust = { proxies: ['10.0.0.1/32'], others: 'bearerOnly' };
    const config: WrittenConfig = { ...labConfig(target, { trust, jwt: [jwtEntry()] }), sso: undefined };
    const outside = await startGateHere(t, lab.write('outside.yaml', config));
    for (const protocol of protocols) {
      for (const forged of forwardingForgeries) {
        const lines = [`Authorization: Bearer ${token}`, forged];
        const answer = await send({ port: outside.port, protocol, path, lines });
        assertOwnFields(t, received(answer), protocol, `${protocol}: ${forged}`);
      }
      const answer = await send({ port: outside.port, protocol, path, lines: [`${assertedUserHeader}: alice`] });
      t.equal(answer?.status, 401, 'and asserts nobody');
    }
    assertNothingLeaked(t, outside.output(), lab.secrets);
  });

  assertNothingLeaked(t, gate.output(), [...lab.secrets, ...browser.cookies.values()]);
});
