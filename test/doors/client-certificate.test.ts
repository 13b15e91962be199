/** What a client's certificate says of the client. */
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';
import { test } from 'tap';
import type { Prover } from '../../src/gate/policy.ts';
import { compileReserved } from '../../src/gate/request/reserved.ts';
import type { Peer } from '../../src/gate/stages.ts';
import { addressSet, parseCidr } from '../../src/http/address.ts';
import { ssoProver } from '../../src/identity/assertions/sso-assertion.ts';
import { subjectAltNamesIn } from '../../src/wire/downstream/client-certificate.ts';
import type { ListenerTls } from '../../src/wire/secure.ts';
import { makeAuthority, makeCertificate, type TestCertificate } from '../clients/certificates.ts';
import { scriptedHub, within } from './door-house.ts';

const authority = makeAuthority();
const own = makeCertificate({ issuer: authority });
const names = ['Proxy.Example', 'URI:spiffe://lab/oauth2-proxy', 'email:ops@example.org', '10.0.0.1'];
const client = makeCertificate({ names, issuer: authority });
const strangers = makeCertificate({ names, issuer: makeAuthority('another CA') });

const asks = (clientCertificate: ListenerTls['clientCertificate']): ListenerTls => ({
  ...own,
  clientCa: authority.cert,
  clientCertificate,
});

const request = 'GET /hub/login HTTP/1.1\r\nHost: hub.example.org\r\nConnection: close\r\n\r\n';

/** Sends bytes within TLS, behind some in front of it, until the connection ends. */
async function talk(port: number, shown: TestCertificate | null, bytes: string, before = ''): Promise<void> {
  const bare = connectPlain(port, '127.0.0.1');
  if (before !== '') bare.write(before);
  const own = shown === null ? {} : { cert: shown.cert, key: shown.key };
  const socket = connect({ socket: bare, ca: authority.cert, host: '127.0.0.1', ...own });
  socket.on('error', () => undefined).resume();
  socket.write(bytes);
  await once(socket, 'close');
}

/** The peer as provers see it; null where no request came through. */
async function seenBy(tls: ListenerTls, shown: TestCertificate | null, headed = false): Promise<Peer | null> {
  const seen: Peer[] = [];
  const watching: Prover = {
    name: 'watching',
    prove({ peer }) {
      seen.push(peer);
      return null;
    },
  };
  const options = { tls, policy: { provers: [watching] }, proxyProtocol: headed ? 'required' : 'none' } as const;
  const before = headed ? 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n' : '';
  await within(await scriptedHub('HTTP/1.1 204 No Content\r\n\r\n'), options, ({ port }) =>
    talk(port, shown, request, before),
  );
  return seen[0] ?? null;
}

test('the names and the thumbprint of a certificate that holds stand with the peer', async t => {
  const { raw } = new X509Certificate(client.cert);
  const certificate = {
    thumbprint: createHash('sha256').update(raw).digest('base64url'),
    subjectAltNames: ['DNS:proxy.example', 'URI:spiffe://lab/oauth2-proxy', 'email:ops@example.org'],
  };
  for (const asked of ['request', 'require'] as const) {
    t.match(await seenBy(asks(asked), client), { certificate }, asked);
    t.match(await seenBy(asks(asked), client, true), { certificate }, `${asked}, behind a PROXY header`);
  }
});

test('nobody is certified who showed none, or was not asked, or whom nobody signed', async t => {
  t.match(await seenBy(asks('request'), null), { kind: 'ip', certificate: undefined });
  t.match(await seenBy(asks('none'), client), { kind: 'ip', certificate: undefined });
  t.equal(await seenBy(asks('request'), strangers), null);
  t.equal(await seenBy(asks('require'), strangers), null);
});

test('an assertion by the certificate that has the name, and by no other (T5)', async t => {
  const loopback = parseCidr('127.0.0.1/32');
  if (!loopback.ok) throw new Error(loopback.fault);
  const prover = ssoProver({
    name: 'front',
    prefix: '',
    proxies: addressSet([loopback.cidr]),
    unixPeers: false,
    headers: { username: 'X-User', groups: null, others: [] },
    separator: ',',
    encoding: 'utf-8',
    maxAgeMs: 60_000,
    secondFactor: { sharedSecret: null, subjectAltName: 'URI:spiffe://lab/oauth2-proxy' },
  });
  const other = makeCertificate({ names: ['URI:spiffe://lab/other', 'oauth2-proxy'], issuer: authority });
  const reserved = compileReserved(['Remote-User'], ['X-User']);
  const hub = await scriptedHub('HTTP/1.1 204 No Content\r\n\r\n');
  await within(hub, { tls: asks('request'), policy: { provers: [prover], reserved } }, async ({ port, records }) => {
    for (const shown of [client, other, null]) {
      await talk(port, shown, request.replace('\r\n\r\n', '\r\nX-User: alice\r\n\r\n'));
    }
    const outcomes = records.map(({ status, refusal }) => [status, refusal?.reason]);
    t.same(outcomes, [
      [204, undefined],
      [403, 'assertion-unproved'],
      [403, 'assertion-unproved'],
    ]);
    t.match(hub.received(), /\r\nRemote-User: alice\r\n/);
    t.equal(hub.received().match(/Remote-User/g)?.length, 1);
  });
});

test('a name that looks like two is one (CVE-2021-44532)', async t => {
  const forged = 'URI:https://a/, URI:spiffe://lab/oauth2-proxy';
  const shown = makeCertificate({ names: ['x', forged, 'URI:say "a\\b"'], issuer: authority });
  const peer = await seenBy(asks('require'), shown);
  t.same(peer?.certificate?.subjectAltNames, ['DNS:x', forged, 'URI:say "a\\b"']);
});

test('names that are not read are none', async t => {
  t.same(subjectAltNamesIn(''), []);
  t.same(subjectAltNamesIn('DNS:a, IP Address:10.0.0.1, DirName:"CN = \\"x", URI:b'), ['DNS:a', 'URI:b']);
  for (const text of ['DNS:a, ', 'DNS:a,URI:b', 'DNS:a, b', 'DNS:"a', 'DNS:"a"b', 'URI:a"b', 'DNS:a, URI:"\\x"'])
    t.same(subjectAltNamesIn(text), [], text);
});
