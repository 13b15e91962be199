/** Everything a client may try in its head to be somebody else at the hub. */

/** Who the client would like to be; stands in every forged value and nowhere else. */
export const forgedName = 'mallory';

/** Field lines, without their ends, and what the gate makes of them. */
export type Forgery = {
  readonly title: string;
  readonly lines: readonly string[];
  readonly outcome: 'taken out' | 400;
};

/** What may stand in a field name beside letters and digits (RFC 9110 §5.6.2). */
const tokenMarks = [..."!#$%&'*+-.^_`|~"];

const forgedMount = `{"HOST": "${forgedName}"}`;

/** Names that the hub's authenticators read or could, and a value for each. */
const identityFields: readonly (readonly [name: string, value: string])[] = [
  ['Remote-User', forgedName],
  ['Mount', forgedMount],
  ['State', forgedName],
];

const moreNames = [
  'X-Remote-User',
  'Remote-Groups',
  'Remote-Email',
  'Remote--User',
  'X-Auth-Request-User',
  'X-Forwarded-User',
  'X_Forwarded_Preferred_Username',
  'X-Forwarded-Access-Token',
  'OIDC_CLAIM_sub',
  'X-Goog-Authenticated-User-Email',
  'X-Hubgate-User',
  'Proxy',
  'X_Lab_User',
  'X.Lab.User',
];

function withMark(name: string, mark: string): string {
  return name.replaceAll('-', mark);
}

function mixedCase(name: string): string {
  return [...name].map((letter, at) => (at % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase())).join('');
}

function spellings(name: string): string[] {
  const marked = tokenMarks.flatMap(mark => [withMark(name, mark), withMark(name.toUpperCase(), mark)]);
  const environment = `HTTP_${withMark(name.toUpperCase(), '_')}`;
  return [...new Set([...marked, name.toLowerCase(), mixedCase(name), environment, `http-${name}`])];
}

const spelled: Forgery[] = [
  ...identityFields.flatMap(([name, value]) => spellings(name).map(spelling => `${spelling}: ${value}`)),
  ...moreNames.map(name => `${name}: ${forgedName}`),
].map(line => ({ title: line, lines: [line], outcome: 'taken out' }));

const repeated: Forgery[] = identityFields.flatMap(([name, value]) => {
  const line = `${name}: ${value}`;
  const odd = `${withMark(name, '_').toUpperCase()}: ${value}`;
  return [
    { title: `${line}, twice`, lines: [line, line], outcome: 'taken out' },
    { title: `${line}, after an empty one`, lines: [`${name}:`, line], outcome: 'taken out' },
    { title: `${line}, beside another spelling`, lines: [odd, line, odd], outcome: 'taken out' },
    { title: `${name} without white space`, lines: [`${name}:${value}`], outcome: 'taken out' },
    { title: `${name} with spaces around`, lines: [`${name}:   ${value}  `], outcome: 'taken out' },
    { title: `${name} with tabs around, which nginx keeps`, lines: [`${name}:\t ${value} \t`], outcome: 400 },
    { title: `${name} with bytes beyond ASCII`, lines: [`${name}: ${value}\xff\x80`], outcome: 'taken out' },
  ] as const;
});

/** A field that Connection lists would be taken out behind the gate (CVE-2024-45410). */
const listed: Forgery[] = [
  ...[
    'Remote-User',
    'remote_user',
    'Mount',
    'STATE',
    'X-Forwarded-For',
    'X-Real-IP',
    'Cookie',
    'Authorization',
    'Host',
  ],
].map(name => ({ title: `Connection lists ${name}`, lines: [`Connection: x-a , ${name}`], outcome: 400 }));

const malformed: Forgery[] = [
  `Remote-User : ${forgedName}`,
  `Remote-User\t: ${forgedName}`,
  ` Remote-User: ${forgedName}`,
  `X-A: a\r\n Remote-User: ${forgedName}`,
  `X-A: a\nRemote-User: ${forgedName}`,
  `X-A: a\rRemote-User: ${forgedName}`,
  `X-A: a\0Remote-User: ${forgedName}`,
  `Remote-User\0: ${forgedName}`,
  `: ${forgedName}`,
  `Remote-User`,
  `Remote-Üser: ${forgedName}`,
].map(line => ({ title: JSON.stringify(line), lines: [line], outcome: 400 }));

/** All of them. */
export const forgeries: readonly Forgery[] = [...spelled, ...repeated, ...listed, ...malformed];

const forwardingFields: readonly (readonly [name: string, value: string])[] = [
  ['X-Forwarded-For', '6.6.6.6'],
  ['X-Forwarded-Proto', 'forged'],
  ['X-Forwarded-Host', 'forged.example'],
  ['X-Forwarded-Port', '666'],
  ['X-Forwarded-Prefix', '/forged'],
  ['X-Real-IP', '6.6.6.6'],
  ['X-Scheme', 'forged'],
  ['Forwarded', 'for=6.6.6.6;host=forged.example'],
  ['True-Client-IP', '6.6.6.6'],
];

/** Lines that would tell the hub another origin; only a trusted proxy's may count. */
export const forwardingForgeries: readonly string[] = forwardingFields.flatMap(([name, value]) =>
  [name, name.toLowerCase(), withMark(name, '_'), withMark(name, '.')].map(spelling => `${spelling}: ${value}`),
);
