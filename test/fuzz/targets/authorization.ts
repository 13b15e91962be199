/** Authorization: what goes up in it is a token of the proved user's, whichever way a server cuts it. */
import fc from 'fast-check';
import { parseAuthorization } from '../../../src/http/authorization.ts';
import { fillIn, secrets, tokenOwners } from '../../contract/tokens.ts';
import { forwarded, inboundRequest } from '../../contract/world.ts';
import { chosen, demand, demandSame, type FuzzTarget } from '../target.ts';
import { trimmed } from '../trimmed.ts';

/** JupyterHub 5, `auth_header_pat`. */
const hubPattern = /^(?:token|bearer)\s+([^\s]+)\s*$/i;
/** jupyter-server, `auth_header_pat`. */
const serverPattern = /(token|bearer)\s+(.+)/i;
/** FastAPI's, and many more: what stands behind the first space. */
const readers: ReadonlyMap<string, (value: string) => string | undefined> = new Map([
  ['the hub', value => hubPattern.exec(value)?.[1]],
  ['jupyter-server', value => serverPattern.exec(value)?.[2]],
  ['whoever cuts at a space', value => value.slice(value.indexOf(' ') + 1).trim()],
]);

const credentials = [
  '{alice}',
  '{bob}',
  '{forged}',
  '{hub-alice}',
  '{hub-bob}',
  '{hub-gone}',
  '{expired}',
  '{other-issuer}',
  '{encrypted}',
  '{unsigned}',
  'x',
  '',
];
const schemes = [
  'Bearer ',
  'bearer ',
  'token ',
  'Token ',
  'Basic ',
  'DPoP ',
  'Bearer  ',
  'Bearer\t',
  'Negotiate ',
  '',
  'Bearer, ',
  'token bearer ',
];
const paths = ['/user/alice/x', '/hub/api/user', '/hub/login', '/services/who/x'];

/** What the hub of the contract calls alice. */
const alice = tokenOwners.get('hubtokenofalice');

/** An input is the number of a path, of who stands before it, and the lines' values; credentials stand in braces. */
export const authorization: FuzzTarget = {
  name: 'authorization',
  grammar: fc
    .tuple(
      fc.nat(paths.length - 1),
      fc.nat(1),
      fc.array(fc.tuple(fc.constantFrom(...schemes), fc.constantFrom(...credentials)), { maxLength: 2 }),
    )
    .map(([path, asserted, all]) => [`${path}${asserted}`, ...all.map(pair => pair.join(''))].join('\n')),
  words: [...credentials, ...schemes, ',', ', ', ' ', '\t', '\xa0', '{', '}', '=', '"', '.', '..', '\n'],
  mostBytes: 16 * 1024,
  mostMs: 50,
  check(input) {
    const [where = '', ...values] = input.split('\n');
    for (const value of values) {
      const parsed = parseAuthorization(value);
      if (parsed === null) continue;
      const written = `${value.slice(0, parsed.scheme.length)} ${parsed.credentials}`;
      demandSame(written, value, 'scheme and credentials are all of the value');
      demand(!/[\s,]/.test(parsed.credentials), 'credentials are one word', parsed);
    }
    const path = chosen(paths, where.slice(0, 1));
    const asserts = where[1] === '1';
    const proof = asserts ? ['X-Auth-Request-Preferred-Username: alice'] : [];
    const head = [
      `GET ${path} HTTP/1.1`,
      'Host: hub.example',
      ...proof,
      ...values.map(value => `Authorization: ${value}`),
    ];
    const outbound = forwarded(inboundRequest(head, asserts ? '127.0.0.3' : '127.0.0.2'), 'open');
    if (outbound === null) return;
    const lines = outbound.fields.filter(([name]) => /authorization/i.test(name)).map(([, value]) => value);
    demand(lines.length <= 1, 'at most one Authorization goes up', lines);
    if (asserts) demandSame(outbound.visitor, alice, 'the sign-in proxy has said who it is');
    for (const line of lines) {
      demand(values.map(fillIn).map(trimmed).includes(line), 'it goes up as it came', line);
      for (const [reader, read] of readers) {
        const token = read(line);
        const known = token !== undefined && tokenOwners.has(token) ? tokenOwners.get(token) : undefined;
        demand(
          !asserts || token === undefined || known === alice,
          `${reader} finds the proved user's token in it`,
          line,
        );
        demand(
          token === undefined || !secrets.includes(token) || tokenOwners.has(token),
          `${reader} finds no token that proves a user`,
          line,
        );
      }
    }
  },
};
