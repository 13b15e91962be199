/** Who proves what, where: the situations in which a client must not be able to interfere, and what the hub must be told. */
import type { ConfigName } from '../contract/configs.ts';

/** One proof in front of one config. */
export interface Situation {
  readonly config: ConfigName;
  /** 127.0.0.1 the ingress, 127.0.0.3 the sign-in proxy, 127.0.0.2 a stranger. */
  readonly peer: string;
  /** The proof's lines, credentials in braces; `{request}` is a proof of possession for that very request. */
  readonly proof: readonly string[];
  /** Lower-case names that belong to the proof, so that nobody but its bearer may add them. */
  readonly ofTheProof: readonly string[];
  /** Begins and ends with a slash. */
  readonly baseUrl: string;
  /** What goes with the identity, on GET of the login alone or everywhere. */
  readonly injected: readonly string[];
  readonly everywhere: boolean;
  /** What becomes of the Authorization line. */
  readonly hubToken: 'none' | 'beside' | 'alone';
}

const mount =
  'Mount: {"HOST":"files.example","USERNAME":"alice","PATH":"/home/alice","MOUNTSSHPRIVATEKEY":"-----\\nk\'e\\\\y\\n-----\\n"}';
const pythonMount =
  "Mount: {'HOST': 'files.example', 'USERNAME': 'alice', 'PATH': '/home/alice', 'MOUNTSSHPRIVATEKEY': '-----\\x0ak\\x27e\\x5cy\\x0a-----\\x0a'}";
const asserted = ['x-auth-request-preferred-username', 'x-auth-request-groups', 'x-auth-request-state'];
const plain = { peer: '127.0.0.1', baseUrl: '/', everywhere: false, hubToken: 'none' } as const;
const byToken = { ...plain, ofTheProof: [] } as const;
const bySso = { ...plain, peer: '127.0.0.3', ofTheProof: [...asserted, 'authorization'] } as const;

/** Names that only some configs reserve, because they inject them or take tokens from them. */
export const injectedNames: Readonly<Partial<Record<ConfigName, readonly string[]>>> = {
  header: ['State', 'X-Team', 'Course'],
  general: ['X-App-User'],
  carriers: ['X-Lab-Assertion', 'X-Lab-Token'],
};

/** All of them. */
export const situations: readonly Situation[] = [
  { ...byToken, config: 'lab', proof: ['Authorization: Bearer {alice}'], injected: ['Remote-User: alice'] },
  {
    ...byToken,
    config: 'lab',
    proof: ['Authorization: DPoP {key-bound}', 'DPoP: {request}'],
    injected: ['Remote-User: alice'],
  },
  {
    ...byToken,
    config: 'header',
    proof: ['Authorization: Bearer {state}'],
    injected: ['Remote-User: alice', 'State: caf\xe9', 'X-Team: {"name":"x","size":2}', mount],
  },
  { ...byToken, config: 'header', proof: ['Authorization: Bearer {alice}'], injected: ['Remote-User: alice', mount] },
  {
    ...byToken,
    config: 'mount',
    baseUrl: '/jh/',
    proof: ['Authorization: Bearer {mounted}'],
    injected: ['Remote-User: alice', pythonMount],
  },
  {
    ...byToken,
    config: 'general',
    proof: ['Authorization: Bearer {alice}'],
    injected: ['X-App-User: alice'],
    everywhere: true,
  },
  {
    ...byToken,
    config: 'unicode',
    proof: ['Authorization: Bearer {=Jürgen}'],
    injected: ['Remote-User: j\xc3\xbcrgen'],
  },
  {
    ...byToken,
    config: 'open',
    peer: '127.0.0.2',
    proof: ['Authorization: Bearer {alice}'],
    injected: ['Remote-User: alice'],
  },
  { ...byToken, config: 'open', proof: ['Authorization: token {hub-alice}'], injected: [], hubToken: 'alone' },
  { ...byToken, config: 'carriers', proof: ['Cookie: lab_jwt={alice}'], injected: ['Remote-User: alice'] },
  { ...byToken, config: 'carriers', proof: ['X-Lab-Token: Lab {alice}'], injected: ['Remote-User: alice'] },
  {
    ...byToken,
    config: 'carriers',
    peer: '127.0.0.2',
    proof: ['Authorization: Bearer {alice}'],
    injected: ['Remote-User: alice'],
  },
  {
    ...byToken,
    config: 'carriers',
    proof: ['X-Goog-IAP-JWT-Assertion: {balanced}', 'Authorization: token {hub-alice}'],
    ofTheProof: ['authorization'],
    injected: ['Remote-User: alice'],
    hubToken: 'beside',
  },
  { ...byToken, config: 'opaque', proof: ['Authorization: Bearer {opaque-alice}'], injected: ['Remote-User: alice'] },
  { ...byToken, config: 'opaque', proof: ['Authorization: Bearer {hub-alice}'], injected: [], hubToken: 'alone' },
  {
    ...bySso,
    config: 'header',
    proof: ['X-Auth-Request-Preferred-Username: alice', 'X-Auth-Request-State: course-7'],
    injected: ['Remote-User: alice', 'Course: course-7', mount],
  },
  {
    ...bySso,
    config: 'lab',
    proof: ['X-Auth-Request-Preferred-Username: alice', 'Authorization: token {hub-alice}'],
    injected: ['Remote-User: alice'],
    hubToken: 'beside',
  },
];

/** Paths below baseUrl that requests go to. */
export const paths: readonly string[] = [
  '/hub/login',
  '/hub/login',
  '/hub/home',
  '/hub/api/user',
  '/hub/static/a.js',
  '/user/alice/lab',
  '/user/alice/api/kernels/k/channels',
  '/user/site/open/x',
  '/services/who/x',
  '/login',
  '/',
];

const publicPaths: ReadonlyMap<ConfigName, RegExp> = new Map([
  ['lab', /^\/(?:hub\/static\/|hub\/logo$|user\/site\/open\/)/],
  ['open', /^\/(?:hub\/static\/|user\/site\/open\/)/],
  ['carriers', /^\/(?:hub\/static\/|user\/site\/open\/)/],
]);

function isPublic(situation: Situation, below: string): boolean {
  return publicPaths.get(situation.config)?.test(below) === true;
}

/** The identity-bearing lines that the hub must get, in order: forwarding family, Authorization, injected fields. */
export function identityLines(situation: Situation, method: string, path: string, family: readonly string[]): string[] {
  const below = path.startsWith(situation.baseUrl) ? path.slice(situation.baseUrl.length - 1) : '';
  if (isPublic(situation, below)) return [...family];
  const tokens: readonly RegExp[] =
    situation.hubToken === 'alone' ? [/^\/(?:user|services)\/./, /^\/hub\/api\//] : [/^\/(?:user|services)\/./];
  const takesToken = situation.hubToken !== 'none' && tokens.some(place => place.test(below));
  const takesIdentity = situation.everywhere || (method === 'GET' && below === '/hub/login');
  return [
    ...family,
    ...(takesToken ? situation.proof.filter(line => line.startsWith('Authorization')) : []),
    ...(takesIdentity ? situation.injected : []),
  ];
}
