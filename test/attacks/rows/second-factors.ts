/** What is asserted from the right address, and with what beside it (T5, S2). */
import { atHub, host } from '../../contract/rows/lines.ts';
import type { RequestSpelling } from '../attack.ts';
import { login } from '../spell.ts';

const name = 'X-Auth-Request-Preferred-Username: alice';

function head(lines: readonly string[]): string[] {
  return [`GET ${login} HTTP/1.1`, host, name, ...lines];
}

function unproved(lines: readonly string[], config: 'shared' | 'certified' = 'shared'): RequestSpelling {
  return {
    name: `an assertion from the right address with ${lines.join(', ') || 'nothing else'} (${config})`,
    config,
    peer: '127.0.0.3',
    head: head(lines),
    expect: { refused: 'assertion-unproved' },
    counted: lines.flatMap(line => (/^X_|^X\./.test(line) ? ['x-gate-secret'] : [])).slice(0, 1),
  };
}

/** Whoever shares the address, or what passes on a request of theirs, is not the proxy. */
export const secondFactorSpellings: readonly RequestSpelling[] = [
  unproved([]),
  unproved([], 'certified'),
  unproved(['X-Gate-Secret: {front-secret}'], 'certified'),
  unproved(['X-Client-Cert: spiffe://lab/front', 'X-Forwarded-Client-Cert: URI=spiffe://lab/front'], 'certified'),
  ...[
    '{other-secret}',
    '{front-secret}{front-secret}',
    '{front-secret}, {front-secret}',
    '"{front-secret}"',
    '',
    'the secret',
    'x'.repeat(5000),
    '\xff',
  ].map(value => unproved([`X-Gate-Secret: ${value}`])),
  unproved(['X-Gate-Secret: {front-secret}', 'X-Gate-Secret: {front-secret}']),
  unproved(['X-Gate-Secret: {other-secret}', 'X-Gate-Secret: {front-secret}']),
  unproved(['X-Gate-Secret: {front-secret}', 'x-gate-secret: {front-secret-next}']),
  unproved(['X_Gate_Secret: {front-secret}']),
  unproved(['X.Gate.Secret: {front-secret}', 'X_GATE_SECRET: {front-secret}']),
  unproved(['Authorization: Bearer {alice}']),
  unproved(['Authorization: token {hub-alice}']),
  unproved(['X-Auth-Request-Preferred-Username: alice']),
  ...['{front-secret}', '{front-secret-next}', ' {front-secret} '].map(
    (value): RequestSpelling => ({
      name: `the secret as "${value}" holds, and goes up to nobody`,
      config: 'shared',
      peer: '127.0.0.3',
      doors: ['proxy'],
      head: head([`x-gate-secret: ${value}`]),
      expect: { atHub: atHub(`GET ${login}`, [], ['Remote-User: alice']).map(lineFrom('127.0.0.3')) },
      counted: [],
    }),
  ),
  {
    name: 'the secret goes up to no server of a user either, in whatever spelling',
    config: 'shared',
    head: [
      'GET /user/alice/x HTTP/1.1',
      host,
      'Authorization: Bearer {alice}',
      ...['X-Gate-Secret', 'X_Gate_Secret', 'HTTP_X_GATE_SECRET'].map(each => `${each}: {front-secret}`),
    ],
    expect: { atHub: atHub('GET /user/alice/x') },
  },
  {
    name: 'the secret alone asserts nobody',
    config: 'shared',
    peer: '127.0.0.3',
    head: [`GET ${login} HTTP/1.1`, host, 'X-Gate-Secret: {front-secret}'],
    expect: { refused: 'credential-missing' },
  },
  {
    name: 'the secret from a stranger',
    config: 'shared',
    peer: '127.0.0.2',
    head: head(['X-Gate-Secret: {front-secret}']),
    expect: { refused: 'peer-untrusted' },
  },
];

/** The forwarding family names the proxy, which names no client. */
function lineFrom(peer: string): (line: string) => string {
  return line => line.replace('{forwarding 127.0.0.1}', `{forwarding ${peer}}`);
}
