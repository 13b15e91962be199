/** What a client's certificate says of the client. */
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';
import { test } from 'tap';
import type { Prover } from '../../src/gate/policy.ts';
import type { Peer } from '../../src/gate/stages.ts';
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
  await within(await scriptedHub('HTTP/1.1 204 No Content\r\n\r\n'), options, async ({ port }) => {
    const bare = connectPlain(port, '127.0.0.1');
    if (headed) bare.write('PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n');
    const own = shown === null ? {} : { cert: shown.cert, key: shown.key };
    const socket = connect({ socket: bare, ca: authority.cert, host: '127.0.0.1', ...own });
    socket.on('error', () => undefined).resume();
    socket.write(request);
    await once(socket, 'close');
  });
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
