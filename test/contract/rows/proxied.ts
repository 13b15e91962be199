/** For whom a peer says that it came, by the PROXY protocol: the client address, and nothing else (T1, T3). */
import type { ConfigName } from '../configs.ts';
import type { RequestRow } from '../row.ts';
import { asAlice, host } from './lines.ts';

const onlyDecide = 'the socket rows have no PROXY header in front; test/doors/proxy-protocol.test.ts has';

const everywhere = ['X-Forwarded-For: 192.0.2.1, 198.51.100.7', 'Forwarded: for=192.0.2.2, for=198.51.100.8'];

/** Who is taken for the client of a connection from 127.0.0.1, both chains being there. */
function from(source: string, config: ConfigName, client: string): RequestRow {
  return {
    title: `takes ${client} for the client where the PROXY header names ${source} (${config}, T3)`,
    onlyDecide,
    config,
    source,
    head: asAlice('GET /hub/home', ...everywhere),
    expect: { forward: ['GET /hub/home', host, `{forwarding ${client}}`] },
  };
}

const asserted = ['GET /hub/login HTTP/1.1', host, 'X-Auth-Request-Preferred-Username: alice'];

/** Rows on sources. */
export const proxiedRows: readonly RequestRow[] = [
  from('203.0.113.9', 'lab', '203.0.113.9'),
  from('203.0.113.9', 'forwarded', '203.0.113.9'),
  from('203.0.113.9', 'peerAddress', '203.0.113.9'),
  from('2001:db8:5::1', 'lab', '2001:db8:5::1'),
  from('10.42.0.7', 'lab', '198.51.100.7'),
  from('10.42.0.7', 'forwarded', '198.51.100.8'),
  from('10.42.0.7', 'peerAddress', '10.42.0.7'),
  from('nobody', 'lab', '127.0.0.1'),
  from('nobody', 'forwarded', '127.0.0.1'),
  from('nobody', 'peerAddress', '127.0.0.1'),
  {
    title: 'goes on from a source that is a proxy, although its chain is no more than itself (T3)',
    onlyDecide,
    source: '10.42.0.7',
    head: asAlice('GET /hub/home'),
    expect: { forward: ['GET /hub/home', host, '{forwarding 10.42.0.7}'] },
  },
  {
    title: 'takes the source for the client behind a Unix socket, whatever the chain says (T3)',
    onlyDecide,
    config: 'socket',
    peer: 'unix',
    source: '203.0.113.9',
    head: asAlice('GET /hub/home', ...everywhere),
    expect: { forward: ['GET /hub/home', host, '{forwarding 203.0.113.9}'] },
  },
  {
    title: 'names no client behind a Unix socket whose PROXY header names nobody, whatever the chain says (T3)',
    onlyDecide,
    config: 'socket',
    peer: 'unix',
    source: 'nobody',
    head: asAlice('GET /hub/home', ...everywhere),
    expect: { forward: ['GET /hub/home', host, '{forwarding nobody}'] },
  },
  {
    title: 'refuses a stranger that names a proxy as its source (T3)',
    onlyDecide,
    peer: '127.0.0.2',
    source: '127.0.0.1',
    head: asAlice('GET /hub/home'),
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  {
    title: 'takes a stranger for itself, whatever source it names (bearerOnly, T3)',
    onlyDecide,
    config: 'open',
    peer: '127.0.0.2',
    source: '127.0.0.1',
    head: asAlice('GET /hub/home'),
    expect: { forward: ['GET /hub/home', host, '{forwarding 127.0.0.2}'] },
  },
  {
    title: 'does not take the assertion of a source that is a sign-in proxy, through a peer that is none (S2, T3)',
    onlyDecide,
    source: '127.0.0.3',
    head: asserted,
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'does not take the assertion of a client behind a peer that is a sign-in proxy (S2, T3)',
    onlyDecide,
    peer: '127.0.0.3',
    source: '203.0.113.9',
    head: asserted,
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'takes the assertion of a sign-in proxy whose PROXY header names itself (T3)',
    onlyDecide,
    peer: '127.0.0.3',
    source: '127.0.0.3',
    head: asserted,
    expect: { forward: ['GET /hub/login', host, '{forwarding 127.0.0.3}', 'Remote-User: alice'] },
  },
  {
    title: 'takes the assertion of a sign-in proxy whose PROXY header names nobody (T3)',
    onlyDecide,
    peer: '127.0.0.3',
    source: 'nobody',
    head: asserted,
    expect: { forward: ['GET /hub/login', host, '{forwarding 127.0.0.3}', 'Remote-User: alice'] },
  },
];
