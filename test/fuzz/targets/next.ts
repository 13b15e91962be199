/** `next`: whichever way the hub reads the query that goes on, and a browser the redirect made of it, it stays on this origin. */
import fc from 'fast-check';
import { safeNextPath } from '../../../src/http/next-path.ts';
import { asAlice } from '../../contract/rows/lines.ts';
import { forwarded, inboundRequest } from '../../contract/world.ts';
import { bytesOnce } from '../percent.ts';
import { resolvers } from '../resolvers.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

const origin = 'https://hub.example';
const loginUrl = `${origin}/hub/login`;

/** Python's `urlsplit` (3.12): control characters and spaces before it, tabs and line ends anywhere are taken out first. */
function urlsplit(text: string): { readonly scheme: string; readonly netloc: string; readonly path: string } {
  const plain = text.replace(/^[\0- ]+/, '').replace(/[\t\r\n]/g, '');
  const [, scheme = '', rest = plain] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(plain) ?? [];
  const [, netloc = '', path = rest] = /^\/\/([^/?#]*)(.*)$/s.exec(rest) ?? [];
  return { scheme: scheme.toLowerCase(), netloc, path };
}

/** Python's `urljoin` as far as it says which host is meant. */
function urljoinHost(text: string): string {
  const { scheme, netloc } = urlsplit(text);
  if (scheme !== '' && scheme !== 'https') return `${scheme}:${netloc}`;
  return netloc === '' ? 'hub.example' : netloc;
}

function demandHome(value: string, what: string): void {
  const resolved = URL.parse(value, loginUrl);
  demandSame(resolved?.origin, origin, `a browser stays on this origin (${what})`, value);
  demand(!resolved?.pathname.startsWith('//'), `what the browser makes of it is no host again (${what})`, value);
  demandSame(urljoinHost(value), 'hub.example', `Python stays on this origin (${what})`, value);
}

/** What the next redirect in a chain may make of it. */
function demandStays(value: string): void {
  demandHome(value, 'as it stands');
  const [path = ''] = value.split(/[?#]/);
  const once = bytesOnce(path);
  demandHome(once, 'decoded once more');
  demandHome(path.replace(/;[^/]*/g, ''), 'without parameters');
  demandHome(URL.parse(value, origin)?.pathname ?? '', 'resolved by a browser');
}

/** What Tornado makes of an argument's value: control characters are spaces, and those around it go. */
function tornadoArgument(value: string): string {
  return value.replace(/[\0-\x08\x0e-\x1f]/g, ' ').trim();
}

function pairsOf(query: string, separators: RegExp): [name: string, value: string][] {
  return query.split(separators).flatMap(part => [...new URLSearchParams(`x&${part.replaceAll('&', '%26')}`)].slice(1));
}

const readings: ReadonlyMap<string, RegExp> = new Map([
  ['splits on &', /&/],
  ['splits on & and ;', /[&;]/],
]);

function demandQuery(query: string, atLogin: boolean): void {
  for (const [name, separators] of readings) {
    const pairs = pairsOf(query, separators);
    const nexts = pairs.filter(([key]) => key === 'next');
    demand(!atLogin || nexts.length <= 1, `next stands once for a hub that ${name}`, query);
    demand(
      !atLogin || !pairs.some(([key]) => /^user(?:name)?$/.test(key)),
      `nobody is named for a hub that ${name}`,
      query,
    );
    for (const [, value] of nexts) if (value !== '') demandStays(tornadoArgument(value));
  }
}

const starts = [
  '/',
  '/hub/',
  '/hub/home',
  '//',
  '/\\',
  origin,
  'https:',
  'http://',
  'evil.example',
  '',
  '/user/alice/?x=',
  '@',
  'javascript:',
];
const pieces = [
  '/',
  '//',
  '\\',
  'evil.example',
  '@',
  ':',
  '.',
  '..',
  '%2f',
  '%5c',
  '%09',
  '\t',
  '%25',
  ';',
  '?',
  '#',
  '%',
  ' ',
  '\xe9',
];

function encoded(text: string, how: number): string {
  if (how === 0) return encodeURIComponent(text);
  return how === 1
    ? text.replace(/[\s&#\0-\x20\x7f-\xff]/g, each => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`)
    : text;
}

const pages = [
  ...[
    '/hub/login',
    '/hub/login',
    '/hub/login',
    '/hub/logout',
    '/login',
    '/hub/oauth_callback',
    '/hub/signup',
    '/hub/login/',
  ],
  ...['/hub/%6cogin', '/hub/login;x', '/hub//login', '/hub/./login', '/hub/login%2f', '/hub/user/../login', '/%6cogin'],
  ...['/', '/hub/', '/hub/home', '/hub/spawn', '/hub/spawn-pending/alice', '/hub/accept-share', '/spawn'],
];

/** Whether anybody takes the path for a page that reads `next`. */
function isLogin(path: string): boolean {
  const readings = [...resolvers.values()].map(resolve => resolve(path));
  return readings.some(each =>
    /^\/(?:hub\/)?(?:login|logout|oauth_login|oauth_callback|signup)(?:\/|$)/.test(each ?? ''),
  );
}

/** Pages on which the hub's own handlers read it. */
const ownPage = /^\/(?:(?:hub\/?)?|(?:hub\/)?(?:home|spawn|spawn-pending|accept-share|token)(?:\/[a-z/]*)?)$/;

/** A page and its query, with a `next` in it mostly. */
export const next: FuzzTarget = {
  name: 'next',
  grammar: fc
    .tuple(
      fc.constantFrom(...pages),
      fc.constantFrom('next=', 'next=', 'next=', 'a=b&next=', 'a=b;next=', 'Next=', 'ne%78t=', 'rd=', 'next=/a&next='),
      fc.constantFrom(...starts),
      fc.array(fc.constantFrom(...pieces), { maxLength: 6 }),
      fc.nat(2),
    )
    .map(([page, name, start, rest, how]) => `${page}?${name}${encoded(start + rest.join(''), how)}`),
  words: [
    ...pages,
    ...starts,
    ...pieces,
    'next=',
    '&next=',
    ';next=',
    '%6eext=',
    '+next=',
    '%20next',
    '%00',
    '&',
    'username=',
    '&user=root',
    '%c2%a0',
    '%e2%80%a8',
    '%3b',
    '%26',
  ],
  mostBytes: 16 * 1024,
  mostMs: 50,
  check(input) {
    const [page = '', query = ''] = input.split(/\?(.*)/s);
    const written = query.slice(query.indexOf('=') + 1);
    for (const value of [written, bytesOnce(written)]) {
      const safe = safeNextPath(value, origin);
      if (safe === null) continue;
      demand(/^\/[\x21-\x7e]*$/.test(safe), 'what is safe is a path in visible ASCII', safe);
      demandStays(safe);
      demandSame(safeNextPath(safe, origin), safe, 'what is safe stays as it is');
    }
    if (/[\s\0]/.test(input)) return;
    const outbound = forwarded(inboundRequest(asAlice(`GET ${page}?${query}`), '127.0.0.1'), 'lab');
    if (outbound === null || !(isLogin(page) || ownPage.test(page))) return;
    demandQuery(outbound.target.slice(outbound.target.indexOf('?') + 1), isLogin(page));
  },
};
