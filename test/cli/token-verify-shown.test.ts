/** hubgate token verify: tokens in other carriers than Authorization, tokens that are bound, and opaque ones. */
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'tap';
import { makeCertificate } from '../clients/certificates.ts';
import { makeProof, thumbprintOf } from '../identity/holders/proof-maker.ts';
import { makeKey, signInput } from '../identity/token-maker.ts';
import { config, type IssuerDesk, makeIssuerDesk, now } from './issuer-desk.ts';
import type { Said } from './run-command.ts';

const seconds = Date.parse(now) / 1000;

const verify = (desk: IssuerDesk, token: string, args: readonly string[] = [], file = '@proxy.yaml'): Promise<Said> =>
  desk.run(['token', 'verify', '--config', file, '--now', now, ...args], token);

/** What the check says; '' where it says nothing. */
function rowOf({ stdout }: Said, check: string): string {
  const row = stdout.split('\n').find(line => line.startsWith(`${check} `)) ?? `${check.padEnd(10)}no such row`;
  return row.slice(10).replace(/ {2,}/g, ' ');
}

const jwtWith = (carriers: string, keys = '{ jwksFile: keys.json }'): string => `
  - issuer: { url: https://sso.example.org, audiences: [jupyterhub] }
    namespace: lab
    keys: ${keys}
    algorithms: [ES256]
    carriers: ${carriers}
    claimMappings: { username: { claim: preferred_username, prefix: '' } }`;

test('a token is shown where its issuer has it', async t => {
  const desk = makeIssuerDesk(t);
  const rows: readonly (readonly [carriers: string, form: string])[] = [
    ['[{ header: Cf-Access-Jwt-Assertion }]', 'ok shown in header cf-access-jwt-assertion'],
    ['[{ header: X-Lab-Token, scheme: Lab }]', 'ok shown in header x-lab-token lab'],
    ['[{ header: Authorization, scheme: JWT }]', 'ok shown in header authorization jwt'],
    ['[{ cookie: lab_jwt }]', 'ok shown in cookie lab_jwt'],
    [
      '[{ webSocketProtocol: base64url.bearer.authorization.k8s.io }]',
      'ok shown in subprotocol base64url.bearer.authorization.k8s.io',
    ],
    ['[{ cookie: lab_jwt }, { header: Authorization, scheme: Bearer }]', 'ok'],
  ];
  for (const [carriers, form] of rows) {
    desk.write('carried.yaml', config({ jwt: jwtWith(carriers) }));
    const said = await verify(desk, desk.token(), [], '@carried.yaml');
    t.match(said, { code: 0, stdout: /\nThe gate takes this token\.\n/ }, carriers);
    t.equal(rowOf(said, 'form'), form);
    const strange = await verify(desk, desk.token({ iss: 'https://x' }), [], '@carried.yaml');
    t.match(rowOf(strange, 'issuer'), /^FAILED iss "https:\/\/x"; the config has https:\/\/sso/, carriers);
  }
});

test("a load balancer's token: padded, and issuer, audience and end in its header", async t => {
  const desk = makeIssuerDesk(t);
  const signer = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188';
  const alb = jwtWith('[{ header: X-Amzn-Oidc-Data }]', `{ alb: { region: eu-west-1, signer: '${signer}' } }`);
  desk.write('alb.yaml', config({ jwt: alb }));
  const spelled = (bytes: Uint8Array): string =>
    Buffer.from(bytes)
      .toString('base64url')
      .padEnd(Math.ceil(bytes.length / 3) * 4, '=');
  const padded = (more: Readonly<Record<string, unknown>>): string => {
    const header = { alg: 'ES256', kid: 'k', signer, iss: 'https://sso.example.org', client: 'jupyterhub', ...more };
    const parts = [header, { sub: 'alice', preferred_username: 'alice' }];
    const input = parts.map(part => spelled(Buffer.from(JSON.stringify(part)))).join('.');
    return `${input}.${spelled(signInput(input, desk.key.key, 'ES256'))}`;
  };
  const expired = await verify(desk, padded({ exp: seconds - 600 }), [], '@alb.yaml');
  t.equal(rowOf(expired, 'form'), 'ok shown in header x-amzn-oidc-data');
  t.match(rowOf(expired, 'issuer'), /^ok iss "https:\/\/sso\.example\.org"; jwt\[0\], /);
  t.match(rowOf(expired, 'audience'), 'ok aud "jupyterhub"; expected: jupyterhub');
  t.match(rowOf(expired, 'time'), /^FAILED exp 2029-12-31T23:50:00Z/);
  const other = await verify(desk, padded({ exp: seconds + 600, signer: `${signer}9` }), [], '@alb.yaml');
  t.match(rowOf(other, 'header'), /^FAILED /);
  t.match(other.stdout, 'rule: jwt[0].keys.alb.signer');
});

test('a token that is bound to a certificate', async t => {
  const desk = makeIssuerDesk(t);
  const [mine, other] = [makeCertificate({ names: ['a.test'] }), makeCertificate({ names: ['b.test'] })];
  const der = new X509Certificate(mine.cert).raw;
  const thumbprint = createHash('sha256').update(der).digest('base64url');
  desk.write('mine.pem', mine.cert);
  desk.write('mine.der', der);
  desk.write('other.pem', other.cert);
  const token = desk.token({ cnf: { 'x5t#S256': thumbprint } });
  const alone = await verify(desk, token);
  t.equal(alone.code, 1, 'the gate would not take it so');
  t.equal(
    rowOf(alone, 'holder'),
    `ok cnf binds the token to the client certificate with the SHA-256 thumbprint ${thumbprint} (x5t#S256)`,
  );
  t.equal(rowOf(alone, 'proof'), 'not shown');
  t.equal(rowOf(alone, 'allowed'), 'ok');
  t.match(alone.stdout, /\nEverything else holds\. .*was not shown\.\nThe gate takes it only on connections with that/);
  for (const file of ['@mine.pem', '@mine.der']) {
    const shown = await verify(desk, token, ['--client-certificate', file]);
    t.match(shown, { code: 0, stdout: /\nThe gate takes this token\.\n/ });
    t.equal(rowOf(shown, 'proof'), 'ok');
  }
  const endless = await verify(desk, token, ['--client-certificate', '/dev/zero']);
  t.match(endless, { code: 64, stderr: /--client-certificate takes a file with a certificate/ });
  const wrong = await verify(desk, token, ['--client-certificate', '@other.pem']);
  t.equal(wrong.code, 1);
  t.equal(rowOf(wrong, 'proof'), 'FAILED');
  t.match(wrong.stdout, 'refused: token-bound, 401 (cnf.x5t#S256 is of another certificate)');
  const late = await verify(desk, desk.token({ cnf: { 'x5t#S256': thumbprint }, exp: seconds - 60 }));
  t.match([rowOf(late, 'time'), rowOf(late, 'proof')], [/^FAILED/, 'not shown']);
  t.match(late.stdout, 'refused: token-expired');
  t.notMatch(late.stdout, 'Everything else holds');
});

test('a token that is bound to a key', async t => {
  const desk = makeIssuerDesk(t);
  const holder = makeKey('ES256');
  const token = desk.token({ cnf: { jkt: thumbprintOf(holder) } });
  const url = 'https://hub.example.org/user/alice/lab';
  const proofFor = (wish: { readonly method?: string; readonly url?: string } = {}): string =>
    makeProof(holder, { token, url, at: seconds, ...wish });
  const alone = await verify(desk, token);
  t.equal(alone.code, 1);
  t.match(
    rowOf(alone, 'holder'),
    `ok cnf binds the token to the key with the thumbprint ${thumbprintOf(holder)} (jkt)`,
  );
  t.match(alone.stdout, /\nThe gate takes it only beside a DPoP proof by that key: --dpop PROOF shows one\.\n/);
  const rows: readonly (readonly [rule: string, args: readonly string[], proof: string])[] = [
    ['as the proof names it', ['--dpop', proofFor()], 'ok'],
    ['a POST', ['--dpop', proofFor({ method: 'POST' })], 'ok'],
    ['for this very request', ['--dpop', proofFor({ method: 'POST' }), '--url', url, '--method', 'POST'], 'ok'],
    ['for another method', ['--dpop', proofFor(), '--method', 'POST'], 'FAILED'],
    ['for another URL', ['--dpop', proofFor(), '--url', 'https://hub.example.org/hub/home'], 'FAILED'],
    ["for another host's", ['--dpop', proofFor({ url: 'https://other.example/hub/home' })], 'FAILED'],
    ['of another key', ['--dpop', makeProof(makeKey('ES256'), { token, url, at: seconds })], 'FAILED'],
    ['too old', ['--dpop', makeProof(holder, { token, url, at: seconds - 600 })], 'FAILED'],
    ['no proof', ['--dpop', 'x'], 'FAILED'],
  ];
  for (const [rule, args, proof] of rows) {
    const said = await verify(desk, token, args);
    t.equal(rowOf(said, 'proof'), proof, rule);
    t.equal(said.code, proof === 'ok' ? 0 : 1, rule);
    t.notMatch(said.stdout, args[1]?.split('.')[2] ?? 'no signature', 'the proof is not shown');
  }
  const stranger = await verify(desk, token, ['--dpop', proofFor(), '--url', 'https://other.example/user/alice/lab']);
  t.match(stranger, { code: 1, stdout: /^gate +FAILED\n\nrefused: host-unknown/ });
  const free = ['--dpop', proofFor({ url: 'https://hub.example.org/hub/static/logo.png' })];
  t.match(await verify(desk, token, free), { code: 1, stdout: /\nThe gate asks for no token there/ });
});

test('opaque tokens, where endpoints are asked and no issuer is trusted', async t => {
  const desk = makeIssuerDesk(t);
  let answer: Readonly<Record<string, unknown>> = {};
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const place = server.address();
  const introspection = `
  - url: http://127.0.0.1:${typeof place === 'object' ? place?.port : ''}/introspect
    clientId: gate
    clientSecretFile: secret
    issuer: { audiences: [jupyterhub] }
    namespace: lab
    userValidationRules: [{ expression: '!user.username.startsWith("x")' }]
    claimMappings: { username: { claim: username, prefix: '' } }`;
  desk.write('secret', 'the-secret-of-the-gate');
  desk.write('opaque.yaml', config({ jwt: '[]', introspection, inject: '{}' }));
  desk.write('forward.yaml', config({ jwt: '[]', introspection, inject: '{}', public: "['/hub/**']" }));
  const good = { active: true, token_type: 'Bearer', username: 'alice', aud: 'jupyterhub', exp: seconds + 60 };
  const ask = (members: typeof answer, token = 'the-opaque-token', file = '@opaque.yaml'): Promise<Said> => {
    answer = members;
    return verify(desk, token, [], file);
  };
  const taken = await ask(good);
  t.equal(taken.code, 0);
  t.match(taken.stdout, /^form +ok\nanswer +ok +active at introspection\[0\], believed until .*\nkind +ok/);
  t.match(taken.stdout, /\nuser +ok +"alice" is "alice", and "alice" to the hub\n/);
  t.notMatch(taken.stdout, 'the-opaque-token');
  const rows: readonly (readonly [members: typeof answer, check: string, reason: string])[] = [
    [{ active: false }, 'answer', 'hub-token-refused'],
    [{}, 'answer', 'introspection-unavailable'],
    [{ ...good, exp: 'x' }, 'answer', 'token-malformed'],
    [{ ...good, cnf: {} }, 'kind', 'token-bound'],
    [{ ...good, aud: 'x' }, 'audience', 'token-audience'],
    [{ ...good, username: 1 }, 'claims', 'claim-invalid'],
    [{ ...good, username: 'xavier' }, 'claims', 'not-allowed'],
    [{ ...good, exp: seconds - 60 }, 'time', 'token-expired'],
    [{ ...good, username: 'root' }, 'user', 'user-invalid'],
    [{ ...good, username: 'bob' }, 'allowed', 'not-allowed'],
  ];
  for (const [members, check, reason] of rows) {
    const said = await ask(members);
    t.match(rowOf(said, check), /^FAILED/, reason);
    const stderr =
      reason === 'introspection-unavailable' ? 'introspection[0]: did not say whether the token is active\n' : '';
    t.match(said, { code: 1, stdout: `refused: ${reason}`, stderr }, check);
  }
  const signed = await ask(good, desk.token());
  t.match(signed, { code: 1, stdout: 'endpoints are asked about opaque tokens alone' });
  t.match(rowOf(signed, 'form'), /^FAILED/);
  t.match(await ask(good, 'o'.repeat(5000)), { code: 1, stdout: /^form +FAILED\n/ });
});

test("a token of the hub's own that would go up alone is not taken for one of ours", async t => {
  const desk = makeIssuerDesk(t);
  const hub = '{ url: http://127.0.0.1:9, authenticator: jhubauthenticators.HeaderAuthenticator, apiTokens: forward }';
  desk.write('forward.yaml', config({ hub, public: "['/hub/**']" }));
  const said = await verify(desk, '0123456789abcdef', [], '@forward.yaml');
  t.equal(said.code, 1);
  t.notMatch(said.stdout, 'The gate takes this token.');
});
