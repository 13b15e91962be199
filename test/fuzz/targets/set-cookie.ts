/** Answers of servers: what a browser would store of the cookies that get by is the server's own, and so is what speaks for the origin. */
import fc from 'fast-check';
import { classify } from '../../../src/gate/place.ts';
import { filterAnswer } from '../../../src/hub/answers.ts';
import { policyOf } from '../../contract/world.ts';
import { bytesOnce } from '../percent.ts';
import { chosen, demand, demandSame, type FuzzTarget } from '../target.ts';
import { trimmed } from '../trimmed.ts';

const policy = policyOf('lab');
const homes = ['/user/alice/', '/services/who/'];
const paths = ['/user/alice/lab/tree', '/user/alice', '/services/who/x', '/user/alice/lab/x/'];

/** A cookie as RFC 6265bis has browsers store it (§5.6, §5.7); null where none is stored. */
interface Stored {
  readonly name: string;
  readonly path: string;
  readonly domain: string | null;
}

function defaultPath(requestPath: string): string {
  const cut = requestPath.lastIndexOf('/');
  return cut <= 0 ? '/' : requestPath.slice(0, cut);
}

function stored(line: string, requestPath: string): Stored | null {
  const [pair = '', ...attributes] = line.replace(/[\0\r\n].*$/s, '').split(';');
  if (/[\x01-\x08\x0b-\x1f\x7f]/.test(line)) return null;
  const equals = pair.indexOf('=');
  const name = equals === -1 ? '' : trimmed(pair.slice(0, equals));
  let path = defaultPath(requestPath);
  let domain: string | null = null;
  for (const attribute of attributes) {
    const at = attribute.indexOf('=');
    const key = trimmed(at === -1 ? attribute : attribute.slice(0, at)).toLowerCase();
    const value = at === -1 ? '' : trimmed(attribute.slice(at + 1));
    if (value.length > 1024) continue;
    if (key === 'path') path = value.startsWith('/') ? value : defaultPath(requestPath);
    if (key === 'domain') domain = value.replace(/^\./, '').toLowerCase() || domain;
  }
  return { name, path, domain };
}

/** RFC 6265 §5.1.4. */
function goesTo(path: string, requestPath: string): boolean {
  return (
    requestPath === path || (requestPath.startsWith(path) && (path.endsWith('/') || requestPath[path.length] === '/'))
  );
}

const elsewhere = [
  '/',
  '/hub/',
  '/hub/login',
  '/user/bob/',
  '/user/alice2/',
  '/user/alicex',
  '/services/other/',
  '/user/',
  '/services/',
  '/user/al',
];
const others =
  /^(?:__(?:host|secure)-)?(?:hubgate-|jupyterhub-(?!user-alice(?:-|$))|service-(?!who(?:-|$))|_oauth2_proxy)|^(?:username|token)$/i;
const ofOrigin =
  /^(?:clear[^a-z0-9]site[^a-z0-9]data$|alt[^a-z0-9]svc$|strict[^a-z0-9]transport[^a-z0-9]security$|x[^a-z0-9]accel[^a-z0-9]|x[^a-z0-9]sendfile|nel$|report[^a-z0-9]to$|remote[^a-z0-9]user$|x[^a-z0-9]forwarded|accept[^a-z0-9]ch$|set[^a-z0-9]cookie2$)/i;

/** The hub encodes the owner in the names of its cookies, and nothing else. */
function ownerDecoded(name: string): string {
  const [start = ''] = /^(?:__(?:host|secure)-)?(?:jupyterhub-user-|service-)/i.exec(name) ?? [];
  return start + (start === '' ? name : bytesOnce(name.slice(start.length)));
}

function demandOwn(line: string, requestPath: string, home: string): void {
  const cookie = stored(line, requestPath);
  if (cookie === null) return;
  const { name, path, domain } = cookie;
  demandSame(domain, null, 'no cookie goes to other hosts', line);
  demand(!others.test(ownerDecoded(name)) && name !== '', "no cookie of somebody else's name is set", line);
  if (/^__host-/i.test(name)) return;
  const astray = elsewhere.filter(each => goesTo(path, each));
  demandSame(astray, [], 'no cookie goes to somebody else', line);
  demand(goesTo(home.slice(0, -1), bytesOnce(path)), 'a cookie goes below its server alone', line, path);
}

const names = [
  'a',
  'jupyterhub-user-alice',
  'jupyterhub-user-bob',
  '__Host-jupyterhub-user-alice',
  'service-who',
  'username',
  '_xsrf',
  '__Secure-a',
  'hubgate-x',
  'jupyterhub-hub-login',
];
const attributes = [
  'Path=/',
  'Path=/user/alice',
  'Path=/user/alice/',
  'Path=/user/alice/lab',
  'Path=/user/bob',
  'Path=',
  'Path=x',
  'Domain=hub.example',
  'Domain=.example',
  'Domain=',
  'Secure',
  'HttpOnly',
  'Max-Age=1',
  'path=/user/alice/../bob',
  'Path=/user/%61lice',
  'Path="/user/alice"',
];
const lines = [
  'Clear-Site-Data: "*"',
  'X-Accel-Redirect: /x',
  'Service-Worker-Allowed: /',
  'Service-Worker-Allowed: /user/alice/lab',
  'Remote-User: root',
  'Content-Type: text/html',
  'Strict_Transport.Security: x',
  'Set_Cookie: a=b; Path=/',
];

/** Fields of a server's answer; an input is the number of a path and the lines. */
export const setCookie: FuzzTarget = {
  name: 'set-cookie',
  grammar: fc
    .tuple(
      fc.nat(paths.length - 1),
      fc.array(
        fc.oneof(
          { weight: 1, arbitrary: fc.constantFrom(...lines) },
          {
            weight: 3,
            arbitrary: fc
              .tuple(fc.constantFrom(...names), fc.array(fc.constantFrom(...attributes), { maxLength: 4 }))
              .map(([name, rest]) => `Set-Cookie: ${[`${name}=x`, ...rest].join('; ')}`),
          },
        ),
        { maxLength: 4 },
      ),
    )
    .map(([at, all]) => [String(at), ...all].join('\n')),
  words: [
    ...names,
    ...attributes.map(each => `; ${each}`),
    ...lines.map(each => `\n${each}`),
    'Set-Cookie: ',
    '; ',
    '=',
    '/..',
    '%2f',
    '\\',
    '\t',
    `; Path=/${'x'.repeat(1030)}`,
  ],
  mostBytes: 16 * 1024,
  mostMs: 50,
  check(input) {
    const [at = '', ...rest] = input.split('\n');
    const path = chosen(paths, at);
    const place = classify(path, policy.places);
    const home = homes.find(each => `${path}/`.startsWith(each));
    if (place === null || home === undefined) throw new Error(`no place: ${path}`);
    const fields = rest.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      trimmed(line.slice(line.indexOf(':') + 1)),
    ]);
    const kept = filterAnswer(fields, { place, visitor: 'alice', issuer: undefined }, policy);
    for (const [name, value] of kept) {
      demand(!ofOrigin.test(name), 'nothing speaks for the origin', name);
      if (/^set[^a-z0-9]cookie$/i.test(name)) demandOwn(value, path, home);
      if (/^service[^a-z0-9]worker[^a-z0-9]allowed$/i.test(name)) {
        const scope = URL.parse(value, `https://hub.example${path}`)?.pathname ?? '/';
        demand(scope.startsWith(home), 'a worker stays below its server', value, scope);
      }
    }
    const added = kept.filter(field => !fields.some(([name, value]) => name === field[0] && value === field[1]));
    demand(
      added.every(([name]) => /^service[^a-z0-9]worker[^a-z0-9]allowed$/i.test(name)),
      'nothing else is added',
      added,
    );
  },
};
