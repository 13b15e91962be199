/** Cookies: whichever way a server reads the line that goes up, it finds nobody's name and nobody else's session in it. */
import fc from 'fast-check';
import { compileCookieRules, cookiesFor } from '../../../src/gate/hub/cookie-rules.ts';
import { classify, type Place } from '../../../src/gate/place.ts';
import { cookiePairs, joinCookies } from '../../../src/http/cookies.ts';
import { policyOf } from '../../contract/world.ts';
import { bytesOnce, decodedOnce } from '../percent.ts';
import { chosen, demand, demandSame, type FuzzTarget } from '../target.ts';

const rules = compileCookieRules(['hub-carrier']);
/** No tag holds. */
const tagging = compileCookieRules(['hub-carrier'], { write: () => null, holds: () => false });
const saysWho =
  /^(?:__(?:host|http|host-http|secure)-)?(?:jupyterhub-hub-login|jupyterhub-user-|jupyterhub-services$|service-)/i;
const paths = ['/user/alice/lab/tree', '/user/alice/x', '/hub/home', '/services/who/x', '/user/bob/'];

function placeOf(path: string): Place {
  const place = classify(path, policyOf('lab').places);
  if (place === null) throw new Error(`no place: ${path}`);
  return place;
}

const places = paths.map(placeOf);

/** Names that a server finds in a Cookie line. */
type Reader = (line: string) => string[];

function nameBefore(text: string): string {
  const equals = text.indexOf('=');
  return equals === -1 ? '' : text.slice(0, equals);
}

/** Tornado 6, `parse_cookie`: what stands before the first `=`, rid of Python's white space. */
const tornado: Reader = line =>
  line.split(';').map(chunk =>
    nameBefore(chunk)
      .replace(/[\x1c-\x1f\x85]/g, ' ')
      .trim(),
  );

/** Python's `http.cookies`: a pattern that goes on wherever the last match ended. */
const pythonPattern =
  /\s*([\w\d!#%&'~_`><@,:/$*+\-.^|)(?}{=]+?)\s*(?:=\s*(?:"(?:[^\\"]|\\.)*"|\w{3},\s[\w\d\s-]{9,11}\s[\d:]{8}\sGMT|[\w\d!#%&'~_`><@,:/$*+\-.^|)(?}{=[\]]*))?\s*(?:\s+|;|$)/gy;
const python: Reader = line => [...line.matchAll(pythonPattern)].map(([, name = '']) => name.replace(/^\$/, ''));

/** RFC 2965: commas part cookies as well. */
const oldServers: Reader = line => line.split(/[;,]/).map(chunk => nameBefore(chunk).trim());

/** PHP before 7.2.34 decodes names; a space in one is `_`, and so is one behind it, which makes it another name that nobody has. */
const php: Reader = line =>
  line
    .split(';')
    .map(chunk => bytesOnce(nameBefore(chunk.trimStart()).replace(/\+/g, ' ')).replace(/\0.*$/s, ''))
    .filter(name => !name.endsWith(' '))
    .map(name => name.replace(/(?<=[^ ]) /g, '_'));

const readers: readonly (readonly [name: string, reader: Reader])[] = [
  ['Tornado', tornado],
  ['http.cookies', python],
  ['RFC 2965', oldServers],
  ['PHP', php],
];

const namesNobody =
  /^(?:username|token|hub-carrier|(?:__(?:host|http|host-http|secure)-)?hubgate-.*|(?:__(?:host|http|host-http|secure)-)?_oauth2_proxy.*)$/i;
const ofServer =
  /^(?:__(?:host|http|host-http|secure)-)?(?:jupyterhub-user-|service-)(.*?)(?:-oauth-state(?:-[a-z0-9]+)?)?$/i;
const ofLogin = /^(?:__(?:host|http|host-http|secure)-)?jupyterhub-hub-login/i;

/** No name holds one of these, and who takes what stands behind it for a part of one asks for another. */
function mayRead(read: string, place: Place): boolean {
  const [name = ''] = read.trimStart().split(/[=,\s]/);
  if (namesNobody.test(name)) return false;
  if (ofLogin.test(name)) return place.audience === 'hub';
  const owner = ofServer.exec(name)?.[1];
  if (owner === undefined) return true;
  const isServers = /jupyterhub-user-/i.test(name);
  const own = [place.owner, ...(isServers ? [`${place.owner}-${place.server}`] : [])];
  return (
    place.class === (isServers ? 'user' : 'services') &&
    (own.includes(owner) || own.includes(decodedOnce(owner) ?? owner))
  );
}

const names = [
  'username',
  'token',
  'hub-carrier',
  '__Host-hubgate-1',
  '_oauth2_proxy',
  '_oauth2_proxy_0',
  'jupyterhub-user-alice',
  'jupyterhub-user-bob',
  'jupyterhub-user-alice-lab',
  '__Host-jupyterhub-user-bob',
  '__Host-Http-jupyterhub-user-bob',
  '__Http-jupyterhub-hub-login',
  'jupyterhub-user-%62ob-oauth-state-abc',
  'service-who',
  'service-other',
  'jupyterhub-hub-login',
  'jupyterhub-session-id',
  '_xsrf',
  'a',
];
/** Longest line that the readers are asked about: some of their patterns are slower than their input is long. */
const mostRead = 2048;
const mostBytes = 32 * 1024;
const separators = ['; ', ';', ',', ' ', '\t', '"; ', '\n', '\xa0', '=', '\\";', '$Version=1; '];

/** One character again and again, for what costs more than its length. */
const run = fc
  .tuple(fc.constantFrom(...`'"\\ \t=,%&+$`), fc.nat(mostBytes))
  .map(([one, times]) => `a${one.repeat(times)}b`);

/** Crumbs of one or more Cookie lines; an input is the number of a place and the lines. */
export const cookies: FuzzTarget = {
  name: 'cookies',
  grammar: fc
    .tuple(
      fc.nat(places.length - 1),
      fc.array(
        fc.tuple(
          fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: run }),
          fc.oneof(
            { weight: 9, arbitrary: fc.constantFrom('x', '"x"', '', 'a=b', '%3D') },
            { weight: 1, arbitrary: run },
          ),
          fc.constantFrom(...separators),
        ),
        {
          maxLength: 6,
        },
      ),
    )
    .map(
      ([at, crumbs]) => `${at}\n${crumbs.map(([name, value, separator]) => `${name}=${value}${separator}`).join('')}`,
    ),
  words: [
    ...names,
    ...separators,
    '%75sername',
    '%2575sername',
    '$username',
    "'",
    '__Secure-',
    '__Http-',
    '__Host-Http-',
    'username=root',
    '%00',
    '%0a',
  ],
  mostBytes,
  mostMs: 50,
  check(input) {
    const [at = '', ...lines] = input.split('\n');
    const place = chosen(places, at);
    const pairs = cookiePairs(lines);
    const visit = { place, visitor: 'alice', issuer: undefined };
    const kept = cookiesFor(pairs, visit, rules);
    const anybodys = joinCookies(cookiesFor(pairs, visit, tagging));
    let next = 0;
    for (const pair of kept) {
      next = pairs.indexOf(pair, next) + 1;
      demand(next > 0, 'crumbs go up in their order and as they came', pair);
      demand(
        lines.some(line => line.includes(pair.text)),
        'a crumb goes up byte for byte',
        pair,
      );
    }
    const line = joinCookies(kept);
    demandSame(cookiePairs([line]), kept, 'the line that goes up holds those crumbs again');
    if (line.length > mostRead) return;
    for (const [reader, read] of readers) {
      const wrong = read(line).filter(name => !mayRead(name, place));
      demandSame(wrong, [], `${reader} finds no name in it that may not go up`, line, place.below);
      const untagged = read(anybodys).filter(name => saysWho.test(name));
      demandSame(untagged, [], `${reader} finds nobody's login where no tag holds`, anybodys, place.below);
    }
  },
};
