/**
 * Tokens of AWS load balancers at a running gate, whole: its own questions over TLS under AWS's names, which the test alone leads to
 * a server of its own (H10, J6, J12). Nothing of that is a setting of the gate's.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { mock } from 'node:test';
import tls from 'node:tls';
import { type Test, test } from 'tap';
import { makeAuthority, makeCertificate, type TestCertificate } from '../../clients/certificates.ts';
import { startGateHere } from '../../gates/gate-here.ts';
import { labConfig, makeLab, publicHost } from '../../gates/lab.ts';
import { encodePart, makeKey, publicPem, type SigningKey, signInput } from '../token-maker.ts';

const issuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x';
const signer = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188';
const keyHost = 'public-keys.auth.elb.eu-west-1.amazonaws.com';

type Members = Readonly<Record<string, unknown>>;
type Reply = { readonly status: number; readonly body?: string; readonly location?: string };

interface Aws {
  /** By path; of other paths it says 403, as S3 does. */
  readonly replies: Map<string, Reply>;
  /** Every path that it was asked for. */
  readonly asked: string[];
  /** Every name that somebody in this process wanted to speak TLS with. */
  readonly names: Set<string>;
  /** Whether anybody listens there. */
  readonly go: (where: 'up' | 'down') => void;
  readonly authority: TestCertificate;
}

/** AWS's host with the keys, as far as this process can tell. */
async function openAws(t: Test, certifiedFor: string = keyHost): Promise<Aws> {
  const authority = makeAuthority();
  let isUp = true;
  const go: Aws['go'] = where => {
    isUp = where === 'up';
    if (!isUp) server.closeAllConnections();
  };
  const aws: Aws = { replies: new Map(), asked: [], names: new Set(), go, authority };
  const server = createTlsServer(makeCertificate({ names: [certifiedFor], issuer: authority }), (request, response) => {
    aws.asked.push(request.url ?? '');
    const { status, body = '', location } = aws.replies.get(request.url ?? '') ?? { status: 403 };
    response.writeHead(status, location === undefined ? {} : { Location: location }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { connect } = tls;
  const led = (options: tls.ConnectionOptions): tls.TLSSocket => {
    const { host = '', servername } = options;
    aws.names.add(`${host} ${servername}`);
    return connect({ ...options, host: '127.0.0.1', port: host === keyHost && isUp ? port : 1 });
  };
  const mocked = mock.method(tls, 'connect', led as typeof tls.connect);
  t.teardown(() => {
    mocked.mock.restore();
    server.close();
    server.closeAllConnections();
  });
  return aws;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

type Ask = (...tokens: readonly string[]) => Promise<Answer>;

/** A gate in front of a hub that says whom it was told of. */
async function openGate(t: Test, { authority }: Aws): Promise<Ask> {
  const lab = makeLab(t);
  lab.write('aws-ca.crt', authority.cert);
  const hub = createServer((request, response) => response.end(`for ${request.headers['remote-user']}`));
  hub.listen(0, '127.0.0.1');
  await once(hub, 'listening');
  t.teardown(() => {
    hub.closeAllConnections();
    hub.close();
  });
  const entry = {
    issuer: { url: issuer, audiences: ['client-1'] },
    keys: { alb: { region: 'eu-west-1', signer }, caFile: 'aws-ca.crt' },
    algorithms: ['ES256'],
    carriers: [{ header: 'X-Amzn-Oidc-Data' }],
    claimMappings: { username: { claim: 'username', prefix: '' } },
  };
  const hubUrl = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  const config = labConfig(
    { url: hubUrl, authenticator: 'jhub_remote_user_authenticator.RemoteUserAuthenticator' },
    { jwt: [entry], sso: [] },
  );
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  return async (...tokens) => {
    const headers = { Host: publicHost, 'X-Amzn-Oidc-Data': [...tokens] };
    const outgoing = get({ host: '127.0.0.1', port: gate.port, path: '/hub/login', headers, agent: false });
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    const body = await text(incoming);
    return { status: incoming.statusCode ?? 0, body, retryAfter: incoming.headers['retry-after'] };
  };
}

const newKey = (): SigningKey => makeKey('ES256', randomUUID());
const pad = (part: string): string => part.padEnd(Math.ceil(part.length / 4) * 4, '=');

/** As a balancer writes it; `spell` says how each part is written. */
function albToken(
  key: SigningKey,
  header: Members = {},
  claims: Members = {},
  spell = (part: string) => pad(part),
): string {
  const exp = Math.floor(Date.now() / 1000) + 120;
  const head = { alg: 'ES256', kid: key.kid, signer, iss: issuer, client: 'client-1', exp, ...header };
  const input = [head, { sub: 's-1', username: 'alice', iss: issuer, exp, ...claims }]
    .map(part => spell(encodePart(part)))
    .join('.');
  return `${input}.${spell(encodePart(signInput(input, key.key, 'ES256')))}`;
}

const alice = { status: 200, body: 'for alice' };
const refused = (status: number, reason: string): unknown => ({ status, body: new RegExp(reason) });
const served = (key: SigningKey): [string, Reply] => [`/${key.kid}`, { status: 200, body: publicPem(key) }];

test('a token of the balancer, however it is padded, and none of anybody else (H10, J6)', async t => {
  const aws = await openAws(t);
  const ask = await openGate(t, aws);
  const [one, elsewhere] = [newKey(), newKey()];
  aws.replies.set(...served(one));
  t.match(await ask(albToken(one)), alice, 'padded, as AWS does');
  t.match(await ask(albToken(one, {}, {}, part => part)), alice, 'not padded');
  t.strictSame(aws.asked, [`/${one.kid}`]);

  const { kid } = one;
  const kids: readonly unknown[] = [
    ...['', 'k1', '../../latest/meta-data', `../${kid}`, `./${kid}`, `${kid}/..`, `%2e%2e/${kid}`, `%2e%2e%2f${kid}`],
    ...[`..%252f${kid}`, `${kid}%00`, `..\\${kid}`, `/${kid}`, `//evil.example/${kid}`, `https://evil.example/${kid}`],
    ...[`@evil.example/${kid}`, `:1@evil.example/${kid}`, `.evil.example/${kid}`, `${kid}?x=1`, `${kid}#x`, `${kid};x`],
    ...[
      ` ${kid}`,
      `${kid} `,
      `${kid}\n`,
      `${kid}\r\nX: y`,
      `${kid}\0`,
      kid.toUpperCase(),
      `{${kid}}`,
      `urn:uuid:${kid}`,
    ],
    ...[kid.replaceAll('-', ''), `${kid}0`, kid.slice(1), kid.replace('-', '\u2010'), 'a'.repeat(4096), '__proto__'],
    ...[[kid], { kid }, 1, null, true, undefined],
  ];
  for (const odd of kids)
    t.match(
      await ask(albToken(one, { kid: odd })),
      refused(401, 'token-(key-unknown|malformed)'),
      `the kid ${String(JSON.stringify(odd)).slice(0, 60)}`,
    );

  const rows: readonly (readonly [string, string[], number, string])[] = [
    ['another account', [albToken(one, { signer: signer.replace('1234', '9999') })], 401, 'token-algorithm'],
    ['another balancer', [albToken(one, { signer: `${signer}0` })], 401, 'token-algorithm'],
    ['another region', [albToken(one, { signer: signer.replace('eu-west-1', 'us-east-1') })], 401, 'token-algorithm'],
    ['no signer', [albToken(one, { signer: undefined })], 401, 'token-algorithm'],
    ['an empty signer', [albToken(one, { signer: '' })], 401, 'token-algorithm'],
    ['signers', [albToken(one, { signer: [signer] })], 401, 'token-algorithm'],
    ['the signer in its claims', [albToken(one, { signer: undefined }, { signer })], 401, 'token-algorithm'],
    ['another client', [albToken(one, { client: 'client-2' })], 401, 'token-audience'],
    ['no client', [albToken(one, { client: undefined })], 401, 'token-audience'],
    ['another issuer', [albToken(one, { iss: 'https://evil.example' })], 401, 'token-malformed'],
    ['ended', [albToken(one, { exp: 1 })], 401, 'token-expired'],
    ['another algorithm', [albToken(one, { alg: 'ES384' })], 401, 'token-algorithm'],
    ["another key under the key's name", [albToken({ ...newKey(), kid })], 401, 'token-signature'],
    ['a key of no such name at AWS', [albToken(elsewhere)], 401, 'token-key-unknown'],
    ['twice', [albToken(one), albToken(one)], 400, 'request-ambiguous'],
    ['and another', [albToken(one), albToken(one, {}, { username: 'bob' })], 400, 'request-ambiguous'],
    ['one line of two', [`${albToken(one)}, ${albToken(one)}`], 401, 'token-malformed'],
    ['padded twice', [albToken(one, {}, {}, part => `${pad(part)}====`)], 401, 'token-malformed'],
    ['a space behind each part', [albToken(one, {}, {}, part => `${pad(part)} `)], 401, 'token-malformed'],
    ['padding in percents', [albToken(one, {}, {}, part => pad(part).replaceAll('=', '%3d'))], 401, 'token-malformed'],
    ['empty', [''], 401, 'token-malformed'],
  ];
  for (const [title, tokens, status, reason] of rows) t.match(await ask(...tokens), refused(status, reason), title);
  t.match(await ask(albToken(one)), alice, 'it holds still');
  t.strictSame(aws.asked, [`/${kid}`, `/${elsewhere.kid}`], 'no path but a name that AWS writes so');
  t.strictSame([...aws.names], [`${keyHost} ${keyHost}`], 'and no host but its own');
});

test('keys change, and their host is away, or says what is no key (J12)', async t => {
  const aws = await openAws(t);
  const ask = await openGate(t, aws);
  const [one, two, late] = [newKey(), newKey(), newKey()];
  const odd = Array.from({ length: 6 }, newKey);
  aws.go('down');
  t.match(await ask(albToken(one)), { ...(refused(503, 'keys-unavailable') as object), retryAfter: /^\d+$/ });
  aws.go('up');
  aws.replies.set(...served(one));
  t.match(
    await ask(albToken(one)),
    refused(503, 'keys-unavailable'),
    'a key that could not be had is not asked for at once',
  );
  aws.replies.set(...served(two));
  t.match(await ask(albToken(two)), alice);
  aws.go('down');
  t.match(await ask(albToken(late)), refused(503, 'keys-unavailable'), 'a key that nobody has fetched yet');
  t.match(await ask(albToken(two)), alice, 'one that is held goes on');

  aws.go('up');
  const rsa = makeKey('RS256');
  const replies: readonly Reply[] = [
    { status: 500 },
    { status: 302, location: `/${two.kid}` },
    { status: 200, body: '<html>not here</html>' },
    { status: 200, body: `${publicPem(two)}${publicPem(newKey())}` },
    { status: 200, body: publicPem(rsa) },
    { status: 200, body: publicPem(two).padEnd(600_000) },
  ];
  for (const [at, key] of odd.entries()) {
    aws.replies.set(`/${key.kid}`, replies[at] ?? { status: 500 });
    t.match(
      await ask(albToken({ ...two, kid: key.kid })),
      refused(503, 'keys-unavailable'),
      JSON.stringify(replies[at]).slice(0, 60),
    );
  }
  t.match(await ask(albToken(two)), alice);
  t.strictSame(
    aws.asked,
    [two, ...odd].map(({ kid }) => `/${kid}`),
  );
  for (let more = 0; more < 20; more += 1) await ask(albToken(newKey()));
  t.equal(aws.asked.length + 2, 10, 'ten questions in half a minute, of which two came to nobody');
});

test("a host with somebody else's certificate has no keys", async t => {
  const aws = await openAws(t, 'public-keys.auth.elb.us-east-1.amazonaws.com');
  const ask = await openGate(t, aws);
  const one = newKey();
  aws.replies.set(...served(one));
  t.match(await ask(albToken(one)), refused(503, 'keys-unavailable'));
  t.strictSame(aws.asked, []);
});
