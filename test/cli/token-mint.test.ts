/** hubgate token mint: keys that stay local, claims of which none wins unseen, and tokens that the gate takes. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { ALGORITHMS } from '../../src/config/sections/jwt.ts';
import { readCompactToken } from '../../src/identity/tokens/compact-token.ts';
import { makeKey, publicPem } from '../identity/token-maker.ts';
import { config, makeIssuerDesk, now } from './issuer-desk.ts';
import { type Desk, makeDesk, type Said } from './run-command.ts';

const warning = 'for tests only: who has this key can be anybody where a config trusts it\n';
const seconds = Date.parse(now) / 1000;

function mint(desk: Desk, ...args: readonly string[]): Promise<Said> {
  return desk.run(['token', 'mint', '--key', '@key.json', ...args]);
}

/** A desk with a new key. */
async function keyDesk(t: Parameters<typeof makeDesk>[0]): Promise<Desk> {
  const desk = makeDesk(t);
  await mint(desk, '--generate', '--kid', 'k');
  return desk;
}

test('makes a key that nobody else may read, and its public half, and writes over nothing', async t => {
  const desk = makeDesk(t);
  const file = join(desk.folder, 'key.json');
  t.same(await mint(desk, '--generate'), {
    code: 0,
    stdout: 'private key: key.json\npublic keys: key.jwks.json\n',
    stderr: warning,
  });
  t.equal(statSync(file).mode & 0o777, 0o600);
  const before = readFileSync(file, 'utf8');
  t.notMatch(readFileSync(join(desk.folder, 'key.jwks.json'), 'utf8'), /"d"/);
  t.match(await mint(desk, '--generate'), { code: 1, stdout: '', stderr: 'hubgate: key.json is there already\n' });
  t.equal(readFileSync(file, 'utf8'), before);
  desk.write('other.jwks.json', 'mine');
  const half = await desk.run(['token', 'mint', '--generate', '--key', '@other.json']);
  t.match(half, { code: 1, stderr: 'hubgate: other.jwks.json is there already\n' });
  t.equal(existsSync(join(desk.folder, 'other.json')), false, 'no key without its half');
  const nowhere = await desk.run(['token', 'mint', '--generate', '--key', '@no/such/key']);
  t.match(nowhere, { code: 1, stderr: 'hubgate: no/such/key can not be written (ENOENT)\n' });
});

test('the gate takes what is minted with a made key, whatever the algorithm', async t => {
  const desk = makeIssuerDesk(t);
  for (const algorithm of ALGORITHMS) {
    const key = `@${algorithm}.json`;
    t.match(await desk.run(['token', 'mint', '--generate', '--key', key, '--alg', algorithm]), { code: 0 });
    const keys = algorithm.startsWith('HS') ? `secretFile: ${algorithm}.json` : `jwksFile: ${algorithm}.jwks.json`;
    const jwt = `
  - issuer: { url: https://sso.example.org, audiences: [jupyterhub] }
    namespace: lab
    keys: { ${keys} }
    algorithms: [${algorithm}]
    claimMappings: { username: { claim: preferred_username, prefix: '' } }`;
    desk.write('proxy.yaml', config({ jwt }));
    const named = [
      '--issuer',
      'https://sso.example.org',
      '--audience',
      'jupyterhub',
      '--claim',
      'preferred_username=alice',
    ];
    const minted = await desk.run(['token', 'mint', '--key', key, '--alg', algorithm, ...named]);
    t.match(minted, { code: 0, stderr: warning });
    t.match(await desk.run(['token', 'verify', '--config', '@proxy.yaml'], minted.stdout), { code: 0 }, algorithm);
  }
});

test('claims: from JSON, by option, with exp and iat of their own accord', async t => {
  const desk = await keyDesk(t);
  const usual = { iat: seconds, exp: seconds + 300 };
  const rows: readonly (readonly [args: readonly string[], header: object, claims: object])[] = [
    [[], { alg: 'ES256', typ: 'JWT', kid: 'k' }, usual],
    [['--claims', '{"a":[1],"exp":5,"iat":4}'], {}, { a: [1], exp: 5, iat: 4 }],
    [['--issuer', 'i', '--subject', 's', '--audience', 'a'], {}, { ...usual, iss: 'i', sub: 's', aud: 'a' }],
    [['--audience', 'a', '--audience', 'b'], {}, { ...usual, aud: ['a', 'b'] }],
    [
      ['--claim', 'a=b=c', '--claim', 'n=5', '--claim', 'l=["x"]', '--claim', 's="5"'],
      {},
      { ...usual, a: 'b=c', n: 5, l: ['x'], s: '5' },
    ],
    [['--claim', 'a='], {}, { ...usual, a: '' }],
    [['--claim', 'a="[lab]"', '--claim', 'b=5m', '--claim', 'c=007'], {}, { ...usual, a: '[lab]', b: '5m', c: '007' }],
    [['--claim', 'a=null', '--claim', 'b=false'], {}, { ...usual, a: null, b: false }],
    [['--expires-in', '8h'], {}, { ...usual, exp: seconds + 8 * 3600 }],
    [['--kid', 'other', '--type', 'at+jwt', '--alg', 'ES256'], { kid: 'other', typ: 'at+jwt' }, usual],
    [['--claim', '__proto__=x', '--claim', 'constructor=y'], {}, { ...usual, ['__proto__']: 'x', constructor: 'y' }],
  ];
  for (const [args, header, claims] of rows) {
    const said = await mint(desk, '--now', now, ...args);
    t.match(said, { code: 0, stderr: warning }, args.join(' '));
    const read = readCompactToken(said.stdout.trim());
    t.match(read?.header, header, args.join(' '));
    t.match(read?.claims, claims, args.join(' '));
  }
});

test('a mistake ends with 64 or 1, and with no token', async t => {
  const desk = await keyDesk(t);
  desk.write('public.pem', publicPem(makeKey('RS256')));
  desk.write('short', 'secret');
  const rows: readonly (readonly [args: readonly string[], code: number, told: string])[] = [
    [['--claims', '[]'], 64, '--claims takes a JSON object'],
    [['--claims', '{"a":1,"a":2}'], 64, '--claims takes a JSON object, each of whose names stands once'],
    [['--claims', '{"iss":"a"}', '--issuer', 'b'], 64, 'the claim iss is given more than once'],
    [['--claim', 'sub=a', '--subject', 'b'], 64, 'the claim sub is given more than once'],
    [['--claim', 'exp=5', '--expires-in', '5m'], 64, 'the claim exp is given more than once'],
    [['--claim', 'a'], 64, '--claim takes name=value'],
    [['--claim', 'a={"b":1,"b":2}'], 64, 'the value of the claim a begins as JSON and is none'],
    [['--claim', 'a=[{"b":1,"\\u0062":2}]'], 64, 'the value of the claim a begins as JSON and is none'],
    [['--claim', 'groups=[lab]'], 64, 'the value of the claim groups begins as JSON and is none'],
    [['--claim', 'groups= ["lab",]'], 64, 'the value of the claim groups begins as JSON and is none'],
    [['--claim', 'a="b'], 64, 'the value of the claim a begins as JSON and is none'],
    [['--claim', 'a="\\ud800"'], 64, 'the value of the claim a begins as JSON and is none'],
    [['--claim', 'n=1e999'], 64, 'the value of the claim n begins as JSON and is none'],
    [['--expires-in', '5'], 64, '--expires-in takes a duration'],
    [['--now', 'noon'], 64, '--now: expected a time'],
    [['--alg', 'none'], 64, '--alg takes one of RS256'],
    [['--alg', 'RS256'], 64, '--alg: the key is for ES256'],
    [['--generate', '--issuer', 'i'], 64, '--generate makes a key and no token'],
    [['--generate', '--claim', 'a=b'], 64, '--generate makes a key and no token'],
    [['--issuer', 'a', '--issuer', 'b'], 64, '--issuer is given more than once'],
  ];
  for (const [args, code, told] of rows) {
    const said = await mint(desk, ...args);
    t.match(said, { code, stdout: '' }, told);
    t.ok(said.stderr.startsWith(`hubgate: ${told}`), `${told}; was ${said.stderr}`);
  }
  const keys: readonly (readonly [key: string, code: number, told: string])[] = [
    ['https://sso.example.org/key.json', 64, '--key takes a local file and nothing else'],
    ['file:///etc/key', 64, '--key takes a local file and nothing else'],
    ['-', 64, '--key takes a local file and nothing else'],
    ['@none', 1, 'none can not be read (ENOENT)'],
    ['@.', 1, '. is no regular file'],
    ['@public.pem', 1, 'public.pem holds a public key, expected the private one'],
    ['@short', 1, 'short holds a secret shorter than 32 bytes'],
  ];
  for (const [key, code, told] of keys) {
    const said = await desk.run(['token', 'mint', '--key', key]);
    t.match(said, { code, stdout: '' }, told);
    t.ok(said.stderr.startsWith(`hubgate: ${told}`), `${told}; was ${said.stderr}`);
  }
});
