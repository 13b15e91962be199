/**
 * `node bench/micro/decide.ts [FACTOR]`: CPU that a judgement and the filter of an answer cost, as a multiple of the wire's
 * reading of the same head. FACTOR times 20 000 rounds a turn.
 */
import { machineClock } from '../../src/clock.ts';
import { parseConfig } from '../../src/config/load.ts';
import { judge } from '../../src/doors/judge.ts';
import { classify } from '../../src/gate/place.ts';
import type { Policy } from '../../src/gate/policy.ts';
import type { Peer } from '../../src/gate/stages.ts';
import { parseAddress } from '../../src/http/address.ts';
import type { FieldLine } from '../../src/http/field.ts';
import { filterAnswer } from '../../src/hub/answers.ts';
import { openKeySources } from '../../src/identity/keys/key-sources.ts';
import { compilePolicy } from '../../src/policy.ts';
import { parseAnswerHead } from '../../src/wire/message/answer-head.ts';
import { headEnd } from '../../src/wire/message/field-lines.ts';
import { parseRequestHead, type RequestHead } from '../../src/wire/message/request-head.ts';
import { jwksBytes, makeKey, mintToken, publicJwk } from '../../test/identity/token-maker.ts';

const configText = `
publicUrl: https://hub.example
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:1', authenticator: jhub_remote_auth_mount.RemoteUserAuthenticator }
trust: { proxies: [10.0.0.0/8, 127.0.0.1/32] }
jwt:
  - issuer: { url: 'https://sso.example', audiences: [jupyterhub] }
    namespace: lab
    keys: { jwksFile: keys.json }
    algorithms: [RS256]
    claimMappings: { username: { claim: preferred_username, prefix: '' }, groups: { claim: groups, prefix: '' } }
`;

function openPolicy(): Policy {
  const parsed = parseConfig(configText, '/etc/hubgate/bench.yaml', {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return compilePolicy(parsed.config, 'bench');
}

const policy = openPolicy();
const key = makeKey('RS256');
const now = Date.now();

/** 1 KB, like a Keycloak access token with a few roles. */
function tokenOf(subject: number): string {
  return mintToken(key, {
    iss: 'https://sso.example',
    aud: ['jupyterhub', 'account'],
    sub: `f3c0a1de-0000-4000-8000-${String(subject).padStart(12, '0')}`,
    azp: 'jupyterhub',
    exp: Math.floor(now / 1000) + 3600,
    iat: Math.floor(now / 1000),
    auth_time: Math.floor(now / 1000),
    jti: `onrtac:5f0f4f9a-0000-4000-8000-${String(subject).padStart(12, '0')}`,
    typ: 'Bearer',
    acr: '1',
    scope: 'openid profile email',
    realm_access: { roles: ['offline_access', 'uma_authorization', 'default-roles-lab'] },
    email_verified: true,
    email: 'alice@lab.example',
    name: 'Alice Liddell',
    preferred_username: 'alice',
    groups: ['staff', 'gpu', 'lab'],
  });
}

function headOf(target: string, token: string): Buffer {
  return Buffer.from(
    [
      `GET ${target} HTTP/1.1`,
      'Host: hub.example',
      'Connection: keep-alive',
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
      'Accept: application/json, text/javascript, */*; q=0.01',
      'Accept-Language: en-GB,en;q=0.9,de;q=0.7',
      'Accept-Encoding: gzip, deflate, br, zstd',
      'Referer: https://hub.example/user/alice/lab/tree/work',
      'X-XSRFToken: 2|6b1f0c44|3c9a7f5b0d2e4f6a8b1c3d5e7f9a0b2c|1767225600',
      'Cookie: _xsrf=2|6b1f0c44|3c9a7f5b0d2e4f6a8b1c3d5e7f9a0b2c|1767225600; jupyterhub-session-id=5f0f4f9a1c2d4e6f; jupyterhub-user-alice="2|1:0|10:1767225600|21:jupyterhub-user-alice|44:c2lnbmVkLXNlc3Npb24tdmFsdWUtb2YtYWxpY2U=|4f3a"; theme=dark',
      `Authorization: Bearer ${token}`,
      'X-Forwarded-For: 203.0.113.9',
      'X-Forwarded-Proto: https',
      'X-Request-Id: 7f3e1d2c5b4a69788796a5b4c3d2e1f0',
      'Remote-User: root',
      'X_Remote_User: root',
      'X-Hubgate-User: root',
      '\r\n',
    ].join('\r\n'),
    'latin1',
  );
}

const address = parseAddress('127.0.0.1');
if (address === null) throw new Error('no address');
const peer: Peer = { kind: 'ip', address };

type Fields = readonly FieldLine[];

function readRequest(head: string): RequestHead {
  const read = parseRequestHead(head, head.length - headEnd.length);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

function readAnswer(head: string): Fields {
  const read = parseAnswerHead(head, head.length - headEnd.length, false);
  if (typeof read === 'string') throw new Error(read);
  return read.fields;
}

const tokens = Array.from({ length: 2000 }, (_, subject) => tokenOf(subject));
const [token = ''] = tokens;

/** Verifies every token once, so that what is measured is a gate that has been running for a while. */
async function openGate(): Promise<Parameters<typeof judge>[1]> {
  const issuer = 'https://sso.example';
  const opened = await openKeySources(
    [{ issuer, keys: { kind: 'jwksFile', file: 'keys.json' }, algorithms: new Set(['RS256']) }],
    {
      ask: () => Promise.reject(new Error('nothing is fetched')),
      readFile: async () => jwksBytes(publicJwk(key)),
      clock: machineClock,
      onEvent: () => undefined,
    },
  );
  if (!opened.ok) throw new Error('no keys');
  const { ring } = opened;
  const inForce = {
    policy,
    findOut: () => Promise.reject(new Error('known already')),
    known: (lookup: { readonly what: string; readonly issuer?: string; readonly token?: string }) =>
      ring.knownSignature(lookup.issuer ?? '', lookup.token ?? ''),
  };
  for (const each of tokens) await ring.findSignature(issuer, each);
  return { inForce: () => inForce, clock: machineClock };
}

const gate = await openGate();

function judged(head: string): number {
  const { method, target, httpVersion, fields } = readRequest(head);
  const judgement = judge({ method, target, httpVersion, fields, peer }, gate);
  if (judgement instanceof Promise || judgement.settled.kind !== 'forward') throw new Error('not forwarded at once');
  return judgement.settled.request.fields.length;
}

function filterFor(target: string): (head: string) => number {
  const place = classify(target, policy.places);
  if (place === null) throw new Error('no place');
  return head => filterAnswer(readAnswer(head), { place, visitor: 'MFWGSY3F', issuer: undefined }, policy).length;
}

function answerOf(...more: readonly string[]): Buffer {
  const lines = [
    'HTTP/1.1 200 OK',
    'Server: TornadoServer/6.5',
    'Content-Type: application/json',
    'Date: Sun, 22 Nov 2026 12:00:00 GMT',
    'X-Jupyterhub-Version: 6.1.1',
    "Content-Security-Policy: frame-ancestors 'none'; report-uri /hub/security/csp-report; default-src 'none'",
    'Etag: "5f0f4f9a1c2d4e6f5f0f4f9a1c2d4e6f5f0f4f9a"',
    'Vary: Accept-Encoding',
    ...more,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

interface Load {
  readonly heads: readonly Buffer[];
  readonly read: (head: string) => unknown;
  readonly work: (head: string) => unknown;
}

function judging(...heads: readonly Buffer[]): Load {
  return { heads, read: readRequest, work: judged };
}

function filtering(target: string, ...more: readonly string[]): Load {
  return { heads: [answerOf(...more)], read: readAnswer, work: filterFor(target) };
}

const contents = '/user/alice/api/contents/work/notes.ipynb?type=notebook';
const ownCookie = 'Set-Cookie: _xsrf=2|6b1f0c44|3c9a|1767225600; Path=/user/alice/; HttpOnly';
const kernels = Array.from({ length: 20_000 }, (_, at) => `/user/alice/api/kernels/${at}-5b4a/channels`);
const loads: ReadonlyMap<string, Load> = new Map([
  ['judge /hub/api/users/alice', judging(headOf('/hub/api/users/alice', token))],
  ['judge /user/alice/api/contents', judging(headOf(contents, token))],
  ['judge 2 000 tokens in turn', judging(...tokens.map(each => headOf('/hub/api/users/alice', each)))],
  ['judge 20 000 paths in turn', judging(...kernels.map(each => headOf(each, token)))],
  ["filter the hub's answer", filtering('/hub/api/users/alice')],
  ["filter a server's answer", filtering('/user/alice/api/contents')],
  ["filter a server's cookie", filtering('/user/alice/api/contents', ownCookie)],
]);

/** Nanoseconds of CPU a round, garbage collection included; every round gets fresh strings out of bytes, as the wire does. */
function measure(heads: readonly Buffer[], work: (head: string) => unknown, rounds: number): number {
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) work((heads[round % heads.length] ?? Buffer.of()).toString('latin1'));
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / rounds;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

const rounds = 20_000 * Number(process.argv[2] ?? 1);
const warmUps = 2;
for (const [name, { heads, read, work }] of loads) {
  const turns = Array.from({ length: warmUps + 7 }, () => {
    const reading = measure(heads, read, rounds);
    return { reading, working: measure(heads, work, rounds) - reading };
  }).slice(warmUps);
  const ratio = median(turns.map(({ reading, working }) => working / reading)).toFixed(2);
  const working = median(turns.map(turn => turn.working)).toFixed(0);
  const reading = median(turns.map(turn => turn.reading)).toFixed(0);
  process.stdout.write(`${name.padEnd(31)} ${ratio.padStart(5)} × reading its head (${working} ns / ${reading} ns)\n`);
}
