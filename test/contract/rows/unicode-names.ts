/** Names beyond ASCII (`user.unicode`): what the hub is told, and who is refused with which reason (M2, M3). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { ConfigName } from '../configs.ts';
import type { RequestRow } from '../row.ts';
import { atHub, handshake, handshakeAtHub, host } from './lines.ts';

/** UTF-8 bytes, a character each, as lines of a head are written. */
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const shown = (name: string): string => JSON.stringify(name).replace(/[^ -~]/gu, one => `\\u{${hexOf(one)}}`);
const hexOf = (character: string): string => (character.codePointAt(0) ?? 0).toString(16);

function bearing(name: string, requestLine = 'GET /hub/login'): string[] {
  return [`${requestLine} HTTP/1.1`, host, `Authorization: Bearer {=${name}}`];
}

const told: readonly (readonly [config: ConfigName, name: string, user: string, rule: string])[] = [
  ['unicode', 'Jürgen', utf8('jürgen'), 'in lower case, as UTF-8'],
  ['unicode', 'ju\u0308rgen', utf8('jürgen'), 'in NFC'],
  ['unicode', 'ΜΑΪ\u0301Α', utf8('μα\u0390α'), 'whose lower case is to be composed'],
  ['unicode', 'Иван', utf8('иван'), 'in Cyrillic'],
  ['unicode', '李小龍', utf8('李小龍'), 'in Han'],
  ['unicode', 'andreà', utf8('andreà'), 'that ends with what latin-1 takes for white space'],
  ['unicode', 'zoe@example.org', utf8('zoë'), 'that user.map makes'],
  ['unicode', 'сосо', 'koko', 'that user.map settles'],
  ['unicode', 'ü', utf8('ü'), 'of one letter'],
  ['unicodeHeader', 'Jürgen', 'j\xfcrgen', 'as latin-1, which is what the plugin reads'],
  ['unicodeHeader', 'andreà', 'andre\xe0', 'as latin-1, which has no white space in it'],
];

const toldRows = told.map(
  ([config, name, user, rule]): RequestRow => ({
    title: `tells the hub a name ${rule} (${config}, ${shown(name)}, M2)`,
    config,
    head: bearing(name),
    expect: { forward: atHub('GET /hub/login', [], [`Remote-User: ${user}`]) },
  }),
);

const refused: readonly (readonly [config: ConfigName, name: string, reason: ReasonId, rule: string])[] = [
  ['lab', 'Jürgen', 'user-invalid', 'beyond ASCII where user.unicode is off'],
  ['unicode', 'a\u200bb', 'user-invalid', 'with a character that can not be seen'],
  ['unicode', 'a\u202eb', 'user-invalid', 'that turns the direction of text'],
  ['unicode', 'ａlice', 'user-invalid', 'with a fullwidth letter'],
  ['unicode', 'ſam', 'user-invalid', 'with a long s'],
  ['unicode', 'İnci', 'user-invalid', 'whose lower case hides a dot'],
  ['unicode', 'م٢2', 'user-invalid', 'with digits of two systems'],
  ['unicode', 'ü-Й', 'user-invalid', 'of two scripts'],
  ['unicode', '_ü', 'user-invalid', 'that does not fit the pattern'],
  ['unicode', 'Ü/x', 'user-invalid', 'with a slash'],
  ['unicode', 'büro', 'user-invalid', 'that is reserved'],
  ['unicode', 'zoë', 'user-ambiguous', 'that is a target of user.map, unmapped'],
  ['unicode', 'Zoë', 'user-ambiguous', 'that lower case makes a target of user.map'],
  ['unicode', 'раура', 'user-ambiguous', 'in Cyrillic that looks like Latin'],
  ['unicode', 'lærke', 'user-ambiguous', 'that looks like one in ASCII'],
  ['unicode', 'weiß', 'user-ambiguous', 'that case folding makes another'],
  ['unicode', 'γιώργοσ', 'user-ambiguous', 'with a sigma where none stands'],
  ['unicode', 'işik', 'user-ambiguous', 'that looks like one that user.deny names'],
  ['unicode', 'ü'.repeat(63), 'user-invalid', 'longer than the hub keeps, once the plugin has made its code'],
  ['unicode', '李'.repeat(40), 'user-invalid', 'longer than the hub keeps, in Han'],
  ['unicodeHeader', 'Иван', 'user-invalid', 'that the plugin can not read'],
  ['unicodeHeader', 'łukasz', 'user-invalid', 'in Latin beyond latin-1'],
];

const refusedRows = refused.map(
  ([config, name, refuse, rule]): RequestRow => ({
    title: `refuses a name ${rule} with ${refuse} (${config}, ${shown(name)}, M3)`,
    config,
    head: bearing(name),
    expect: { refuse, status: 403 },
  }),
);

const denied = ['günther', 'GÜNTHER', 'gu\u0308nther'].map(
  (name): RequestRow => ({
    title: `holds user.deny for every form of a name (${shown(name)})`,
    config: 'unicode',
    head: bearing(name),
    expect: { refuse: 'not-allowed', status: 403 },
  }),
);

const asserted = 'X-Auth-Request-Preferred-Username';

function bySso(name: string, ...fields: readonly string[]): string[] {
  return ['GET /hub/login HTTP/1.1', host, `${asserted}: ${name}`, ...fields];
}

/** Rows on names beyond ASCII. */
export const unicodeNameRows: readonly RequestRow[] = [
  ...toldRows,
  ...refusedRows,
  ...denied,
  {
    title: 'refuses a token whose name is no well-formed Unicode (J9)',
    config: 'unicode',
    head: bearing('ü\ud800'),
    expect: { refuse: 'token-malformed', status: 401 },
  },
  {
    title: 'reads an asserted name as UTF-8',
    config: 'unicode',
    peer: '127.0.0.3',
    head: bySso(utf8('Jürgen')),
    expect: {
      forward: ['GET /hub/login', host, '{forwarding 127.0.0.3}', `Remote-User: ${utf8('jürgen')}`],
    },
  },
  {
    title: 'takes no latin-1 for UTF-8 in an assertion',
    config: 'unicode',
    peer: '127.0.0.3',
    head: bySso('j\xfcrgen'),
    expect: { refuse: 'assertion-ambiguous', status: 401 },
  },
  {
    title: 'finds one user in two proofs that write the name in two forms',
    config: 'unicode',
    peer: '127.0.0.3',
    head: bySso(utf8('JÜRGEN'), 'Authorization: Bearer {=ju\u0308rgen}'),
    expect: {
      forward: ['GET /hub/login', host, '{forwarding 127.0.0.3}', `Remote-User: ${utf8('jürgen')}`],
    },
  },
  {
    title: "knows the hub's token of such a user for the user's own (4.7)",
    config: 'unicode',
    peer: '127.0.0.3',
    head: [
      'GET /user/NLBYHQV4OJTWK3Q/api HTTP/1.1',
      host,
      `${asserted}: ${utf8('Jürgen')}`,
      'Authorization: token {hub-juergen}',
    ],
    expect: {
      forward: ['GET /user/NLBYHQV4OJTWK3Q/api', host, '{forwarding 127.0.0.3}', 'Authorization: token {hub-juergen}'],
    },
  },
  {
    title: 'tells an application on every path, WebSockets included, as UTF-8',
    config: 'unicodeGeneral',
    head: [...bearing('Zoë', 'GET /chat'), 'Origin: https://hub.example', ...handshake],
    expect: {
      forward: atHub('GET /chat', ['Origin: https://hub.example', ...handshakeAtHub], [`X-App-User: ${utf8('Zoë')}`]),
      protocol: 'websocket',
    },
  },
];
