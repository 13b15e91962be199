/** hubgate explain tells of refused tokens wherever the config lets them stand. */
import { test } from 'tap';
import type { Report } from '../../src/cli/explain/report.ts';
import { config, type IssuerDesk, makeIssuerDesk, now } from './issuer-desk.ts';

const jwt = `
  - issuer: { url: https://sso.example.org, audiences: [jupyterhub] }
    namespace: lab
    keys: { jwksFile: keys.json }
    algorithms: [ES256]
    carriers:
      - { header: Authorization, scheme: Bearer }
      - { header: Cf-Access-Jwt-Assertion }
      - { cookie: lab_jwt }
      - { webSocketProtocol: base64url.bearer.authorization.k8s.io }
    claimMappings: { username: { claim: preferred_username, prefix: '' } }`;

async function reportOf(
  desk: IssuerDesk,
  path: string,
  fields: readonly string[],
  more: readonly string[] = [],
): Promise<Report> {
  const headers = fields.flatMap(field => ['--header', field]);
  const args = ['explain', '--config', '@carried.yaml', '--now', now, '--json', '--path', path, ...headers, ...more];
  return JSON.parse((await desk.run(args)).stdout);
}

function factIn({ stages }: Report, name: string): unknown {
  return stages.flatMap(({ facts }) => facts).find(fact => fact.name === name);
}

const handshake = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

test('the claims of a refused token, its carrier, and the entry that it is held against', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('carried.yaml', config({ jwt }));
  const token = desk.token({ exp: 1_893_455_000 });
  const protocol = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
  const rows: readonly (readonly [carrier: string | undefined, path: string, fields: readonly string[]])[] = [
    [undefined, '/hub/home', [`Authorization: Bearer ${token}`]],
    ['header cf-access-jwt-assertion', '/hub/home', [`Cf-Access-Jwt-Assertion: ${token}`]],
    ['cookie lab_jwt', '/hub/home', [`Cookie: a=b; lab_jwt=${token}`]],
    [
      'header cf-access-jwt-assertion, cookie lab_jwt',
      '/hub/home',
      [`Cf-Access-Jwt-Assertion: ${token}`, `Cookie: lab_jwt=${token}`],
    ],
    [
      'subprotocol base64url.bearer.authorization.k8s.io',
      '/user/alice/api/kernels/k/channels',
      [...handshake, `Sec-WebSocket-Protocol: ${protocol}, v1.kernel.websocket.jupyter.org`],
    ],
  ];
  for (const [carrier, path, fields] of rows) {
    const report = await reportOf(desk, path, fields);
    const rule = carrier ?? 'Authorization';
    t.match(report.refusal, { reason: 'token-expired', rule: { key: 'jwt[0].clockTolerance' } }, rule);
    t.match(factIn(report, 'token says it is of'), { value: 'https://sso.example.org', rule: { key: 'jwt[0]' } }, rule);
    t.match(factIn(report, 'token says it holds until'), { value: /^2029-12-31T23:43:20Z/ }, rule);
    t.match(factIn(report, 'token stands in'), carrier === undefined ? undefined : { value: carrier }, rule);
    t.notMatch(JSON.stringify(report), token, 'the token itself is not told');
  }
});

test('a token in Authorization that its entry takes elsewhere, and an issuer but for the slash', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('carried.yaml', config({ jwt: jwt.replace(/ +- \{ (header|webSocket).*\n/g, '') }));
  const there = await reportOf(desk, '/hub/home', [`Authorization: Bearer ${desk.token()}`]);
  t.match(there.refusal, { reason: 'credential-missing' });
  t.match(factIn(there, 'is taken only from'), { value: 'cookie lab_jwt', rule: { key: 'jwt[0].carriers' } });
  const slash = desk.token({ iss: 'https://sso.example.org/' });
  const near = await reportOf(desk, '/hub/home', [`Authorization: Bearer ${slash}`]);
  t.match(factIn(near, 'the config has'), { value: /slash at the end/, rule: { key: 'jwt[0]' } });
});

test('nothing is told of what the gate did not look at', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('carried.yaml', config({ jwt, trust: '{ proxies: [10.42.0.0/16], others: bearerOnly }' }));
  const token = desk.token({ exp: 1_893_455_000 });
  const fromOutside = await reportOf(desk, '/hub/home', [`Cookie: lab_jwt=${token}`], ['--peer', '192.0.2.1']);
  t.match(fromOutside.refusal, { reason: 'credential-missing' });
  t.equal(factIn(fromOutside, 'token says it is of'), undefined, 'in a carrier that outsiders have not');
  const two = [`Cf-Access-Jwt-Assertion: ${token}`, `Cookie: lab_jwt=${desk.token()}`];
  const disagreeing = await reportOf(desk, '/hub/home', two);
  t.match(disagreeing.refusal, { reason: 'credentials-disagree' });
  t.equal(factIn(disagreeing, 'token says it is of'), undefined, 'two tokens');
  const other = await reportOf(desk, '/hub/home', [`Cookie: other=${token}`]);
  t.equal(factIn(other, 'token says it is of'), undefined, 'a cookie of another name');
});
