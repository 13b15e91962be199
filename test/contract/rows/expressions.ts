/** What expressions make of tokens and assertions (J11, H4, H17, M1, M3). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { RequestRow } from '../row.ts';
import { atHub, host } from './lines.ts';

const login = 'GET /hub/login';

function by(token: string, ...fields: readonly string[]): string[] {
  return [`${login} HTTP/1.1`, host, `Authorization: Bearer {cel-${token}}`, ...fields];
}

function refused(token: string, refuse: ReasonId, rule: string): RequestRow {
  return { title: `refuses ${rule}`, config: 'expressions', head: by(token), expect: { refuse, status: 403 } };
}

const fullMount =
  'Mount: {"HOST":"blue.files.example","USERNAME":"bob","PATH":"/home/bob","MOUNTSSHPRIVATEKEY":"-----\\nk\'e\\\\y\\n-----\\n"}';
const whoAlice = 'Who: {"name":"alice","uid":"s-1","groups":[]}';

/** Rows on expressions. */
export const expressionRows: readonly RequestRow[] = [
  {
    title: 'writes what expressions give: texts as they are, anything else as JSON',
    config: 'expressions',
    head: by('full', 'State: x', 'Team: y', 'Who: z', 'Mount: {}'),
    expect: {
      forward: atHub(
        login,
        [],
        [
          'Remote-User: bob',
          'State: caf\xe9',
          'Team: blue',
          'Courses: ["a","b"]',
          'Who: {"name":"bob","uid":"s-1","groups":["staff","gpu"]}',
          'Half: 0',
          fullMount,
        ],
      ),
    },
    spoofed: ['state', 'team', 'who', 'mount'],
  },
  {
    title: "leaves out what names a claim that is not there, and takes the client's off (H4)",
    config: 'expressions',
    head: by('plain', 'State: admin', 'Team: admin', 'Mount: {}'),
    expect: { forward: atHub(login, [], ['Remote-User: alice', whoAlice, 'Half: 0']) },
    spoofed: ['state', 'team', 'mount'],
  },
  {
    title: 'gives an assertion no claims, and its user to expressions',
    config: 'expressions',
    peer: '127.0.0.3',
    head: [
      `${login} HTTP/1.1`,
      host,
      'X-Auth-Request-Preferred-Username: carol',
      'X-Auth-Request-Groups: staff,gpu',
      'X-Auth-Request-State: open',
    ],
    expect: {
      forward: [
        login,
        host,
        '{forwarding 127.0.0.3}',
        'Remote-User: carol',
        'Who: {"name":"carol","uid":"","groups":["staff","gpu"]}',
        'Asserted: open',
      ],
    },
  },
  {
    title: 'takes claims and extra from the token, and groups from both, where a token and an assertion agree',
    config: 'expressions',
    peer: '127.0.0.3',
    head: [
      ...by('full'),
      'X-Auth-Request-Preferred-Username: bob',
      'X-Auth-Request-Groups: gpu,door',
      'X-Auth-Request-State: open',
    ],
    expect: {
      forward: [
        login,
        host,
        '{forwarding 127.0.0.3}',
        'Remote-User: bob',
        'State: caf\xe9',
        'Team: blue',
        'Courses: ["a","b"]',
        'Who: {"name":"bob","uid":"s-1","groups":["staff","gpu","door"]}',
        'Half: 0',
        'Asserted: open',
        fullMount,
      ],
    },
  },
  refused('unverified', 'claim-invalid', 'an address that is not verified (J11)'),
  refused('two-ats', 'claim-invalid', 'an address of two users (J11, CVE-2026-40574)'),
  refused('kelvin', 'claim-invalid', 'a Kelvin sign in an address, and makes no k of it (M3)'),
  refused('low', 'claim-invalid', 'a claim that a rule says no to'),
  refused('level-text', 'claim-invalid', 'a claim of a type that a rule can not compare'),
  refused('level-absent', 'claim-invalid', 'a token without a claim that a rule names'),
  refused('large', 'claim-invalid', 'claims that are too large for expressions'),
  refused('banned', 'not-allowed', 'a user that a rule says no to'),
  refused('system', 'not-allowed', 'a name that a rule says no to'),
  refused('root', 'user-invalid', 'a reserved name, whatever the rules say (H17)'),
  refused('half', 'data-invalid', 'to write data that fails otherwise'),
  refused('crlf', 'data-invalid', 'to write a line end (H17)'),
  refused('mount-odd', 'data-invalid', 'to write a mount of another form (M1)'),
  {
    title: 'reads claims called __proto__ and constructor as what they are (H12)',
    config: 'expressions',
    head: by('prototype'),
    expect: { forward: atHub(login, [], ['Remote-User: alice', 'Team: blue', whoAlice, 'Half: 0']) },
  },
];
