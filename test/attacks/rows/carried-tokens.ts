/** J13: tokens where no token is read, and requests that carry more than one. */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { ConfigName } from '../../contract/configs.ts';
import { host } from '../../contract/rows/lines.ts';
import { fillIn } from '../../contract/tokens.ts';
import type { AttackRow, RequestSpelling } from '../attack.ts';
import { canonical, login, shown } from '../spell.ts';

const bob = 'Authorization: Bearer {bob}';
const alice = 'Authorization: Bearer {alice}';

/** A login with these lines. */
function carried(config: ConfigName, lines: readonly string[]): Omit<RequestSpelling, 'expect'> {
  return {
    name: `${lines.map(shown).join(', ')} (${config})`,
    config,
    head: [`GET ${login} HTTP/1.1`, host, ...lines],
  };
}

function refusedWith(reason: ReasonId, ...lines: readonly string[]): RequestSpelling {
  return { ...carried('carriers', lines), expect: { refused: reason } };
}

/** Whoever else stands in it, it is alice's. */
function alices(...lines: readonly string[]): RequestSpelling {
  return { ...carried('carriers', [alice, ...lines]), expect: { atHub: canonical(login) } };
}

const joinedWith = [', ', ',', ' , ', '; ', ' ', '\t'];

/** One field, in ways that name two tokens or none. */
const authorizations: readonly string[] = [
  'Bearer  {alice}',
  'Bearer   {alice}',
  'Bearer\t{alice}',
  'Bearer \t{alice}',
  'Bearer\xa0{alice}',
  'Bearer, {alice}',
  'Bearer',
  ...joinedWith.flatMap(by => [`Bearer {alice}${by}Bearer {bob}`, `Bearer {alice}${by}{bob}`]),
  'Bearer {alice}, Basic cm9vdDpyb290',
  'Basic cm9vdDpyb290, Bearer {alice}',
  'Bearer Bearer {alice}',
];

/** Names under which other servers read tokens from a query or a form (RFC 6750 §2.2, §2.3). */
const parameters = ['access_token', 'ACCESS_TOKEN', 'access%5Ftoken', 'id_token', 'jwt', 'lab_jwt', 'bearer'];

function asked(query: string, lines: readonly string[], expect: RequestSpelling['expect']): RequestSpelling {
  return {
    name: `${query}, ${lines.map(shown).join(', ') || 'and no proof'}`,
    config: 'carriers',
    head: [`GET ${login}?${query} HTTP/1.1`, host, ...lines],
    expect,
  };
}

/** A form, or what calls itself one, in the body, and no proof beside it. */
function posted(content: string, type: string): RequestSpelling {
  const body = fillIn(content);
  return {
    name: `${shown(content)} as ${type}`,
    config: 'carriers',
    head: ['POST /hub/spawn HTTP/1.1', host, `Content-Type: ${type}`, `Content-Length: ${body.length}`],
    content: body,
    expect: { refused: 'credential-missing', closes: true },
  };
}

const form = 'application/x-www-form-urlencoded';

/** Rows of carriers. */
export const carriedTokenRows: readonly AttackRow[] = [
  {
    id: 'J13',
    spellings: [
      ...authorizations.map(value => refusedWith('request-ambiguous', `Authorization: ${value}`)),
      refusedWith('request-ambiguous', alice, alice),
      ...[bob, 'authorization: Basic cm9vdDpyb290', 'AUTHORIZATION: token {hub-alice}', 'Authorization:'].flatMap(
        other => [refusedWith('request-ambiguous', alice, other), refusedWith('request-ambiguous', other, alice)],
      ),
      ...parameters.flatMap(name => [
        asked(`${name}={alice}`, [], { refused: 'credential-missing' }),
        asked(`${name}={bob}`, [alice], { atHub: [...canonical(`${login}?${name}={bob}`), 'Remote-User: alice'] }),
      ]),
      ...parameters
        .slice(0, 3)
        .flatMap(name => [
          posted(`${name}={alice}`, form),
          posted(`a=b&${name}={alice}`, `${form}; charset=utf-8`),
          posted(`{"${name}": "{alice}"}`, 'application/json'),
        ]),
      ...[
        [alice, 'Cookie: lab_jwt={bob}'],
        [alice, 'X-Lab-Assertion: {bob}'],
        [alice, 'X-Lab-Token: Lab {bob}'],
        [alice, 'Cookie: lab_jwt={expired}'],
        [alice, 'Cookie: lab_jwt={forged}'],
        [alice, 'Cookie: lab_jwt={unsigned}'],
        [alice, 'X-Goog-IAP-JWT-Assertion: {balanced}'],
        ['X-Lab-Assertion: {alice}', 'Cookie: lab_jwt={bob}'],
        ['X-Lab-Assertion: {alice}', 'X-Goog-IAP-JWT-Assertion: {balanced-bob}'],
      ].flatMap(lines => [
        refusedWith('credentials-disagree', ...lines),
        refusedWith('credentials-disagree', ...lines.toReversed()),
      ]),
      ...[
        ['Cookie: lab_jwt={alice}; lab_jwt={alice}'],
        ['Cookie: lab_jwt={alice}', 'Cookie: lab_jwt={bob}'],
        ['X-Lab-Assertion: {alice}', 'x-lab-assertion: {bob}'],
        [alice, 'Connection: X-Lab-Assertion', 'X-Lab-Assertion: {bob}'],
      ].map(lines => refusedWith('request-ambiguous', ...lines)),
      ...[
        'X-Lab-Assertion: {alice}, {bob}',
        'X-Lab-Assertion: Bearer {alice}',
        'X-Lab-Token: Lab  {alice}',
        'Cookie: lab_jwt="{alice}"',
        'Cookie: lab_jwt={alice},{bob}',
        'Authorization: Bearer token={alice}',
      ].map(line => refusedWith('token-malformed', line)),
      refusedWith('credential-missing', 'Authorization: {alice}'),
      alices('X_Lab_Assertion: {bob}'),
      alices('HTTP-X-Lab-Assertion: {bob}'),
      alices('Cookie: LAB_JWT={bob}'),
      alices('Cookie: "lab_jwt={bob}"'),
      alices('Cookie: lab%5Fjwt={bob}'),
      alices('Keep-Alive: X-Lab-Assertion'),
    ],
  },
];
