/** A provider of mounts that means no good, over real sockets: it holds nobody up, gets no token that is not its, and logs nobody in. */
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Test, test } from 'tap';
import { UserProviders } from '../../../src/identity/sources/user-provider.ts';
import { openHubClient } from '../../../src/wire/upstream/hub-client.ts';
import { makeAuthority, makeCertificate } from '../../clients/certificates.ts';
import { serveHere } from '../../clients/loopback-server.ts';

const mount = { HOST: 'h', USERNAME: 'u', PATH: 'p', MOUNTSSHPRIVATEKEY: 'the private key' };
const body = JSON.stringify(mount);
const json = { 'Content-Type': 'application/json' };
const secret = 'Bearer provider-token';

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
  const provider = { header: 'Mount', url: `${url}/{user}`, authorization: secret, ca: ca ?? null, timeoutMs };
  const providers = new UserProviders([{ ...provider, cacheForMs: 0, expires: true, check: () => null }], {
    get: hub.ask,
    now: Date.now,
    onFault: (header, fault) => void faults.push(`${header} ${fault}`),
  });
  return { finding: await providers.find('Mount', 'alice'), faults };
}

test('a good one is believed, and asked as the docs say', async t => {
  const seen: unknown[] = [];
  const url = await serveHere(t, ({ method, url: target, headers }, response) => {
    seen.push([method, target, headers.authorization, headers.accept, headers.cookie, headers['accept-encoding']]);
    response.writeHead(200, json).end(body);
  });
  t.match(await ask(t, url), { finding: { what: 'provider', answer: mount }, faults: [] });
  t.strictSame(seen, [['GET', '/alice', secret, 'application/json', undefined, undefined]]);
});

const answers: readonly (readonly [rule: string, answer: (response: ServerResponse) => void, fault: RegExp])[] = [
  ['too much', response => void response.writeHead(200, json).end(`${body}${' '.repeat(16_384)}`), /RangeError/],
  ['without end', response => void pour(response.writeHead(200, json)), /RangeError/],
  [
    'compressed',
    response => void response.writeHead(200, { ...json, 'Content-Encoding': 'gzip' }).end(gzipSync(body)),
    /no JSON/,
  ],
  [
    'a bomb',
    response =>
      void response.writeHead(200, { ...json, 'Content-Encoding': 'gzip' }).end(gzipSync(' '.repeat(8_000_000))),
    /no JSON/,
  ],
  ['a page', response => void response.writeHead(200, { 'Content-Type': 'text/html' }).end(body), /something else/],
  ['of no type', response => void response.writeHead(200).end(body), /something else/],
  ['a Python literal', response => void response.writeHead(200, json).end("{'HOST': 'h'}"), /no JSON/],
  ['of two meanings', response => void response.writeHead(200, json).end(`{"HOST":"a",${body.slice(1)}`), /no JSON/],
  ['empty', response => void response.writeHead(200, json).end(), /no JSON/],
  ['no UTF-8', response => void response.writeHead(200, json).end(Buffer.from([0x22, 0xe9, 0x22])), /no JSON/],
  ['no content', response => void response.writeHead(204).end(), /status 204/],
  ['of an error', response => void response.writeHead(500, json).end(body), /status 500/],
  ['that the token is bad', response => void response.writeHead(401, json).end(body), /status 401/],
  [
    'half of one',
    response => void response.writeHead(200, { ...json, 'Content-Length': 500 }).write(body, () => response.destroy()),
    /UND_ERR_SOCKET/,
  ],
  ['cut off at once', response => void response.destroy(), /UND_ERR_SOCKET/],
  ['never over', response => void response.writeHead(200, json).write(body), /TimeoutError|UND_ERR/],
  ['never there', () => undefined, /TimeoutError|UND_ERR/],
  ['other bytes than HTTP', response => void response.socket?.end(`${body}\r\n\r\n`), /HTTPParserError/],
];

/** As much as the other side takes. */
function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(' '.repeat(4096)));
  if (!response.destroyed) response.once('drain', () => pour(response));
}

for (const [rule, answer, fault] of answers) {
  test(`its answer is ${rule}`, async t => {
    const url = await serveHere(t, (_request, response) => answer(response));
    const { finding, faults } = await ask(t, url, { timeoutMs: 1000 });
    t.match(finding, { reason: 'data-unavailable', detail: '' }, 'the client is not told why');
    t.match(finding, { inAudit: /^the provider for Mount / }, 'the operator is');
    t.match(faults, [fault]);
    t.notMatch(JSON.stringify([finding, faults]), /private key|provider-token|alice|127\.0\.0\.1/);
  });
}

test('its word for "nothing of that user" is 404', async t => {
  const url = await serveHere(t, (_request, response) => void response.writeHead(404, json).end(body));
  t.strictSame(await ask(t, url), { finding: { what: 'provider', answer: undefined }, faults: [] });
});

test('it is not there', async t => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  const port = typeof address === 'object' ? address?.port : undefined;
  const { finding, faults } = await ask(t, `http://127.0.0.1:${port}`);
  t.match(finding, { reason: 'data-unavailable' });
  t.strictSame(faults, ['Mount ECONNREFUSED']);
});

test('it sends the question, and the token, elsewhere', async t => {
  const seen: string[] = [];
  const elsewhere = await serveHere(t, (request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(200, json).end(body);
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await serveHere(
      t,
      (_request, response) => void response.writeHead(status, { ...json, Location: elsewhere }).end(body),
    );
    const { finding, faults } = await ask(t, url);
    t.match(finding, { reason: 'data-unavailable' });
    t.strictSame(faults, [`Mount answered with status ${status}`]);
  }
  t.strictSame(seen, [], 'nobody follows');
});

test('it is somebody else', async t => {
  const [authority, stranger] = [makeAuthority(), makeAuthority('another CA')];
  let seen = 0;
  const listener: RequestListener = (_request, response) => {
    seen += 1;
    response.writeHead(200, json).end(body);
  };
  const url = await serveHere(t, listener, makeCertificate({ issuer: authority }));
  const misnamed = await serveHere(t, listener, makeCertificate({ issuer: authority, names: ['elsewhere.test'] }));
  t.match(await ask(t, url, { ca: authority.cert }), { finding: { what: 'provider', answer: mount } });
  t.equal(seen, 1);
  for (const [place, ca] of [
    [url, stranger.cert],
    [url, undefined],
    [misnamed, authority.cert],
  ] as const) {
    const { finding } = await ask(t, place, ca === undefined ? {} : { ca });
    t.match(finding, { reason: 'data-unavailable' });
  }
  t.equal(seen, 1, 'nothing is said to it, the user and the token least of all');
});
