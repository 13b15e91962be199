/** An introspection endpoint that means no good, over real sockets: it holds nobody up, sees nothing twice and proves nobody. */

import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Test, test } from 'tap';
import { machineClock } from '../../../src/clock.ts';
import { Introspection } from '../../../src/identity/tokens/introspection.ts';
import { openHubClient } from '../../../src/wire/upstream/hub-client.ts';
import { makeAuthority, makeCertificate } from '../../clients/certificates.ts';
import { serveHere } from '../../clients/loopback-server.ts';

const active = '{"active":true,"username":"root","token_type":"Bearer"}';
const json = { 'Content-Type': 'application/json' };

interface Asking {
  readonly ca?: string;
  readonly timeoutMs?: number;
}

/** What comes of one question, and the faults that are told. */
async function ask(
  t: Test,
  url: string,
  { ca, timeoutMs = 5000 }: Asking = {},
): Promise<{ finding: unknown; faults: string[] }> {
  const hub = openHubClient({
    address: { kind: 'tcp', host: '127.0.0.1', port: 9 },
    connectTimeoutMs: 5000,
    responseTimeoutMs: 5000,
  });
  t.teardown(() => hub.close());
  const faults: string[] = [];
  const endpoint = { entry: 'e', url, authorization: 'Basic x', ca: ca ?? null, timeoutMs, cacheForMs: 30_000 };
  const introspection = new Introspection([endpoint], {
    post: hub.ask,
    clock: machineClock,
    onFault: (entry, fault) => void faults.push(`${entry} ${fault}`),
  });
  return { finding: await introspection.find('opaque'), faults };
}

test('a good one is believed', async t => {
  const url = await serveHere(t, (_request, response) => void response.writeHead(200, json).end(active));
  t.match(await ask(t, url), { finding: { answer: { entry: 0, claims: { username: 'root' } } }, faults: [] });
});

const answers: readonly (readonly [rule: string, answer: (response: ServerResponse) => void, fault: RegExp])[] = [
  ['too much', response => void response.writeHead(200, json).end(`${active}${' '.repeat(65_536)}`), /RangeError/],
  [
    'compressed',
    response => void response.writeHead(200, { ...json, 'Content-Encoding': 'gzip' }).end(gzipSync(active)),
    /no JSON (?:object|of one meaning)/,
  ],
  [
    'half of an answer',
    response =>
      void response.writeHead(200, { ...json, 'Content-Length': 500 }).write(active, () => response.destroy()),
    /UND_ERR_SOCKET/,
  ],
  ['no end', response => void response.writeHead(200, json).write(active), /TimeoutError|UND_ERR/],
  ['no answer', () => undefined, /TimeoutError|UND_ERR/],
  ['other bytes than HTTP', response => void response.socket?.end('active: true\r\n\r\n'), /HTTPParserError/],
];

for (const [rule, answer, fault] of answers) {
  test(`its answer is ${rule}`, async t => {
    const url = await serveHere(t, (_request, response) => answer(response));
    const { finding, faults } = await ask(t, url, { timeoutMs: 1000 });
    t.match(finding, { reason: 'introspection-unavailable' });
    t.match(faults, [fault]);
  });
}

test('it sends the question, and the secret, elsewhere', async t => {
  const seen: string[] = [];
  const elsewhere = await serveHere(t, (request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(200, json).end(active);
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await serveHere(
      t,
      (_request, response) => void response.writeHead(status, { ...json, Location: elsewhere }).end(active),
    );
    const { finding, faults } = await ask(t, url);
    t.match(finding, { reason: 'introspection-unavailable' });
    t.strictSame(faults, [`e answered with status ${status}`]);
  }
  t.strictSame(seen, [], 'nobody follows');
});

test('it is somebody else', async t => {
  const [authority, stranger] = [makeAuthority(), makeAuthority('another CA')];
  let seen = 0;
  const listener: RequestListener = (_request, response) => {
    seen += 1;
    response.writeHead(200, json).end(active);
  };
  const url = await serveHere(t, listener, makeCertificate({ issuer: authority }));
  const misnamed = await serveHere(t, listener, makeCertificate({ issuer: authority, names: ['elsewhere.test'] }));
  t.match(await ask(t, url, { ca: authority.cert }), { finding: { answer: { entry: 0 } } });
  t.equal(seen, 1);
  for (const [place, ca] of [
    [url, stranger.cert],
    [url, undefined],
    [misnamed, authority.cert],
  ] as const) {
    const { finding } = await ask(t, place, ca === undefined ? {} : { ca });
    t.match(finding, { reason: 'introspection-unavailable' });
  }
  t.equal(seen, 1, 'nothing is said to it, the token and the secret least of all');
});
