/** `session`: the browser's cookie, and the hand-off from the primary site. */

import { filePath, isPlainOffLoopback, keyUrlFault, origin } from '../formats.ts';
import type { SessionConfig } from '../sections/session.ts';
import { flag, group, key, keyOr, list, literalOr, type Shape, shaped, text } from '../shape.ts';
import { duration } from '../units.ts';

const handoffShape = group({
  origins: keyOr('Sites whose pages may post a token to hubgate/session', list('a list of origins', origin()), []),
});

/** Browsers are led there: over plain http somebody else could be there. */
function siteFault(written: string): string | null {
  if (!/^[!-~]*$/.test(written)) return 'has a character that no URL has';
  const fault = keyUrlFault(written.replace('#', ''));
  if (fault !== null) return 'is no URL of a page';
  return isPlainOffLoopback(written) ? 'is plain http off loopback' : null;
}

function loginFault(written: string): string | null {
  const parts = written.split('{url}');
  if (parts.length !== 2) return parts.length === 1 ? 'has no {url}' : 'has {url} more than once';
  if (/[{}]/.test(parts.join(''))) return 'has braces other than {url}';
  // In front of the query it could become a part of the host.
  return parts[0]?.includes('?') ? siteFault(parts.join('')) : 'has {url} before its query';
}

const fields = group({
  keyFiles: key(
    'Files with keys of 32 bytes or more; the first seals, all open, and they are read again when they change',
    list('a list with one file or more', filePath(), 1),
  ),
  maxAge: keyOr('How long a session lives without being used', duration('1m', '7d'), '1h'),
  handoff: keyOr('Who may hand a user over', handoffShape, {}),
  loginUrl: keyOr(
    'Where a browser without a credential is sent; {url} stands for where it wants to go. Empty: a 401 page',
    literalOr('', null, text('an https URL with {url} in it', loginFault)),
    '',
  ),
  logoutUrl: keyOr(
    "Where logout ends; empty: a page of the gate's",
    literalOr('', null, text('an https URL', siteFault)),
    '',
  ),
  embed: keyOr('The hub is shown in frames of handoff.origins: SameSite=None; Partitioned', flag(), false),
  dangerouslyInsecureCookies: keyOr('The cookie may go over plain http off localhost', flag(), false),
});

/** Sessions of browsers. */
export const sessionShape: Shape<SessionConfig> = shaped(fields, (written, report) => {
  const { keyFiles, maxAge, handoff, ...rest } = written;
  for (const [at, file] of keyFiles.entries())
    if (keyFiles.indexOf(file) < at) report('stands there before, expected each key once', 'keyFiles', at);
  const { loginUrl, logoutUrl, embed, dangerouslyInsecureCookies } = rest;
  const sites = { handoffOrigins: handoff.origins, loginUrl, logoutUrl };
  return { keyFiles, maxAgeMs: maxAge, ...sites, embed, dangerouslyInsecureCookies };
});
