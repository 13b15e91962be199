/** Who may talk, and for whom (T1, T2, T5). */
import type { RequestRow } from '../row.ts';
import { alice, asAlice, host } from './lines.ts';

const elsewhere = 'the address is not one of loopback';

function from(peer: string, client: string, ...chain: readonly string[]): RequestRow {
  return {
    title: `reads ${JSON.stringify(chain)} from ${peer} as the client ${client} (T1, T2)`,
    peer,
    ...(peer.startsWith('127.') ? {} : { onlyDecide: elsewhere }),
    head: asAlice('GET /hub/home', ...chain.map(value => `X-Forwarded-For: ${value}`)),
    expect: { forward: ['GET /hub/home', host, `{forwarding ${client}}`] },
  };
}

/** Under `clientAddress: Forwarded`. */
function forwarded(client: string, ...chain: readonly string[]): RequestRow {
  return {
    title: `reads ${JSON.stringify(chain)} in Forwarded as the client ${client} (RFC 7239, T1, T2)`,
    config: 'forwarded',
    head: asAlice('GET /hub/home', ...chain.map(value => `Forwarded: ${value}`)),
    expect: { forward: ['GET /hub/home', host, `{forwarding ${client}}`] },
  };
}

const family = [
  'X-Forwarded-For: 9.9.9.9',
  'X-Real-IP: 9.9.9.9',
  'Forwarded: for=9.9.9.9',
  'X-Scheme: http',
  'X-Forwarded-Host: evil',
];

/** Rows on peers. */
export const peerRows: readonly RequestRow[] = [
  {
    title: 'refuses a stranger',
    peer: '127.0.0.2',
    head: asAlice('GET /hub/home'),
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  {
    title: 'refuses a stranger on a public path',
    peer: '127.0.0.2',
    head: ['GET /hub/logo HTTP/1.1', host],
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  {
    title: 'refuses a stranger before it reads the rest',
    peer: '127.0.0.2',
    head: ['GET //x HTTP/1.1', 'Host: evil'],
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  {
    title: 'refuses a stranger that says it is a proxy (T1)',
    peer: '127.0.0.2',
    head: asAlice('GET /hub/home', 'X-Forwarded-For: 127.0.0.1'),
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  {
    title: 'refuses an IPv6 stranger',
    peer: '2001:db8:1::1',
    onlyDecide: elsewhere,
    head: asAlice('GET /hub/home'),
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  from('10.42.0.9', '10.42.0.9'),
  from('::ffff:10.42.0.9', '10.42.0.9'),
  from('2001:db8::7', '2001:db8::7'),
  from('2001:db8::7', '2001:db8:5::1', '2001:DB8:5:0:0::1'),
  from('127.0.0.1', '203.0.113.9', '203.0.113.9'),
  from('127.0.0.1', '203.0.113.9', '10.0.0.1, 203.0.113.9'),
  from('127.0.0.1', '203.0.113.9', 'unknown, 203.0.113.9, 10.42.0.7'),
  from('127.0.0.1', '203.0.113.9', '8.8.8.8', '203.0.113.9,10.42.0.7'),
  from('127.0.0.1', '10.42.0.5', '10.42.0.5, 10.42.0.7'),
  from('127.0.0.1', '10.42.0.7', '203.0.113.9, _hidden, 10.42.0.7'),
  from('127.0.0.1', '127.0.0.1', '0177.0.0.1'),
  from('127.0.0.1', '127.0.0.1', '127.1'),
  from('127.0.0.1', '127.0.0.1', '2130706433'),
  from('127.0.0.1', '127.0.0.1', '010.0.0.1'),
  from('127.0.0.1', '127.0.0.1', '[::1]:80'),
  from('127.0.0.1', '127.0.0.1', 'fe80::1%eth0'),
  from('127.0.0.1', '127.0.0.1', 'unknown'),
  from('127.0.0.1', '127.0.0.1', '203.0.113.9:443'),
  from('127.0.0.1', '127.0.0.1', '203.0.113.9,'),
  from('127.0.0.1', '127.0.0.1', ''),
  from('127.0.0.1', '127.0.0.1', '203.0.113.9', ''),
  from('127.0.0.1', '1.2.3.4', '::ffff:1.2.3.4'),
  from('127.0.0.1', '::7f00:1', '::7f00:1'),
  forwarded('203.0.113.9', 'for=203.0.113.9;proto=http;host=evil'),
  forwarded('2001:db8:5::1', 'For="[2001:DB8:5:0::1]:4711"'),
  forwarded('203.0.113.9', 'for=10.0.0.1, for="203.0.113.9:80", for="[2001:db8::7]"'),
  forwarded('203.0.113.9', 'for="6.6.6.6', 'for=203.0.113.9;host="a,b";by=_gate', 'for=10.42.0.7'),
  forwarded('10.42.0.7', 'for=203.0.113.9, for=unknown, for=10.42.0.7'),
  forwarded('10.42.0.7', 'for=203.0.113.9, for=_hidden, for=10.42.0.7'),
  forwarded('127.0.0.1', 'for=203.0.113.9;for=203.0.113.10'),
  forwarded('127.0.0.1', 'for=2001:db8:5::1'),
  forwarded('127.0.0.1', '203.0.113.9'),
  {
    title: "ignores a client's X-Forwarded-For where clientAddress is Forwarded (T1)",
    config: 'forwarded',
    head: asAlice('GET /hub/home', 'X-Forwarded-For: 9.9.9.9', 'X-Real-IP: 9.9.9.9', 'Forwarded: for=203.0.113.9'),
    expect: { forward: ['GET /hub/home', host, '{forwarding 203.0.113.9}'] },
  },
  {
    title: "names the peer where clientAddress is Forwarded and only the client's X-Forwarded-For comes (T1)",
    config: 'forwarded',
    head: asAlice('GET /hub/home', 'X-Forwarded-For: 9.9.9.9'),
    expect: { forward: ['GET /hub/home', host, '{forwarding 127.0.0.1}'] },
  },
  {
    title: "ignores a client's Forwarded where clientAddress is X-Forwarded-For (T1)",
    head: asAlice('GET /hub/home', 'Forwarded: for=9.9.9.9'),
    expect: { forward: ['GET /hub/home', host, '{forwarding 127.0.0.1}'] },
  },
  {
    title: 'takes the client behind a Unix socket from the right of Forwarded',
    config: 'forwarded',
    peer: 'unix',
    onlyDecide: 'the socket rows listen on TCP',
    head: asAlice('GET /hub/home', 'Forwarded: for=1.1.1.1, for=203.0.113.9, for=10.42.0.4'),
    expect: { forward: ['GET /hub/home', host, '{forwarding 203.0.113.9}'] },
  },
  {
    title: "takes the peer's address where clientAddress says so, whatever the chain says (T1)",
    config: 'peerAddress',
    head: asAlice('GET /hub/home', ...family),
    expect: { forward: ['GET /hub/home', host, '{forwarding 127.0.0.1}'] },
  },
  {
    title: 'writes one consistent family for whatever family came (T1)',
    head: asAlice('GET /user/alice/x', ...family),
    expect: { forward: ['GET /user/alice/x', host, '{forwarding 9.9.9.9}'] },
  },
  {
    title: 'refuses a Unix socket unless trust.unixPeers says otherwise',
    peer: 'unix',
    onlyDecide: 'the socket rows listen on TCP',
    head: asAlice('GET /hub/home'),
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  {
    title: 'refuses a Unix socket under bearerOnly too',
    config: 'open',
    peer: 'unix',
    onlyDecide: 'the socket rows listen on TCP',
    head: asAlice('GET /hub/home'),
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  {
    title: 'takes the client behind a Unix socket from the right of the chain',
    config: 'socket',
    peer: 'unix',
    onlyDecide: 'the socket rows listen on TCP',
    head: asAlice('GET /hub/home', 'X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.42.0.4'),
    expect: { forward: ['GET /hub/home', host, '{forwarding 203.0.113.9}'] },
  },
  {
    title: 'names no client behind a Unix socket that names none',
    config: 'socket',
    peer: 'unix',
    onlyDecide: 'the socket rows listen on TCP',
    head: asAlice('GET /hub/login', 'X-Real-IP: 9.9.9.9'),
    expect: { forward: ['GET /hub/login', host, '{forwarding nobody}', 'Remote-User: alice'] },
  },
  {
    title: 'lets a stranger in with a token, under its own address (bearerOnly)',
    config: 'open',
    peer: '127.0.0.2',
    head: asAlice('GET /hub/login', ...family),
    expect: { forward: ['GET /hub/login', host, '{forwarding 127.0.0.2}', 'Remote-User: alice'] },
    spoofed: ['x-forwarded-for', 'x-real-ip', 'forwarded', 'x-scheme', 'x-forwarded-host'],
  },
  {
    title: "does not take a stranger's assertion (bearerOnly, S2)",
    config: 'open',
    peer: '127.0.0.2',
    head: ['GET /hub/login HTTP/1.1', host, 'X-Auth-Request-Preferred-Username: alice'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'asks a stranger for a token on a public path (bearerOnly)',
    config: 'open',
    peer: '127.0.0.2',
    head: ['GET /hub/static/a.js HTTP/1.1', host],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'sends no credential to a public path, a hub token alone included (bearerOnly)',
    config: 'open',
    peer: '127.0.0.2',
    head: ['GET /user/site/open/x HTTP/1.1', host, 'Authorization: token {hub-alice}', 'Cookie: a=b'],
    expect: { forward: ['GET /user/site/open/x', host, '{forwarding 127.0.0.2}'] },
  },
  {
    title: 'takes a hub token alone from a stranger, and no cookie with it (bearerOnly, S6)',
    config: 'open',
    peer: '127.0.0.2',
    head: ['GET /hub/api/user HTTP/1.1', host, 'Authorization: token {hub-alice}', 'Cookie: jupyterhub-hub-login=x'],
    expect: { forward: ['GET /hub/api/user', host, '{forwarding 127.0.0.2}', 'Authorization: token {hub-alice}'] },
  },
  {
    title: 'serves alice through the ingress',
    head: ['GET /hub/login HTTP/1.1', alice, host],
    expect: { forward: ['GET /hub/login', host, '{forwarding 127.0.0.1}', 'Remote-User: alice'] },
  },
];
