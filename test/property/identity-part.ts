/** Takes the identity-bearing part out of a head, with eyes of its own: nothing here asks the gate's tables. */
import { forwardingFamily } from '../contract/world.ts';
import { reservedNames } from './client-words.ts';
import { identityLines, injectedNames, type Situation } from './situations.ts';

/** The laxest reading of a name: case, separators and a CGI prefix are nothing. */
function laxName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .replace(/^http-/, '');
}

const reserved: ReadonlySet<string> = new Set(reservedNames.map(laxName));

/** A subprotocol that carries a token, where some do. */
function carriesProtocol(name: string, line: string): boolean {
  return name === 'sec-websocket-protocol' && line.toLowerCase().includes('base64url.bearer.authorization.k8s.io.');
}

function bearsIdentity(line: string, { config }: Situation): boolean {
  const name = laxName(line.slice(0, line.indexOf(':')));
  const injected = injectedNames[config]?.some(each => laxName(each) === name) === true;
  return (
    injected ||
    (config === 'carriers' && carriesProtocol(name, line)) ||
    reserved.has(name) ||
    name === 'authorization' ||
    /^(?:remote|x-remote|x-hubgate|x-forwarded)-/.test(name)
  );
}

const namedCookies = /(?:^|[;,\s"])\s*(?:username|token|(?:__host-|__secure-)?hubgate-[^=]*)\s*=/i;
const carryingCookies = /lab(?:_|%5f)jwt/i;

function isNamed(cookies: string, { config }: Situation): boolean {
  return namedCookies.test(cookies) || (config === 'carriers' && carryingCookies.test(cookies));
}

/** Identity-bearing lines in wire order, and every cookie line that names a user or a session of the gate. */
export function identityPart(
  lines: readonly string[],
  situation: Situation,
): { readonly fields: string[]; readonly cookies: string[] } {
  return {
    fields: lines.filter(line => bearsIdentity(line, situation)),
    cookies: lines.filter(line => /^cookie:/i.test(line) && isNamed(line.slice('cookie:'.length), situation)),
  };
}

/** What the part must be for a request that went on to that path. */
export function rightPart(situation: Situation, method: string, path: string): ReturnType<typeof identityPart> {
  const family = forwardingFamily(situation.peer === '127.0.0.2' ? situation.peer : '203.0.113.9');
  return { fields: identityLines(situation, method, path, family), cookies: [] };
}
