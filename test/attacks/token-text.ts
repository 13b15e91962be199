/** Logins by tokens whose every byte the row chooses. */
import type { ReasonId } from '../../src/gate/reasons.ts';
import type { ConfigName } from '../contract/configs.ts';
import { host } from '../contract/rows/lines.ts';
import { contractNow } from '../contract/tokens.ts';
import type { RequestSpelling } from './attack.ts';
import { canonical, login } from './spell.ts';

/** What an issuer of the contract says of alice. */
export const tokenClaims = {
  iss: 'https://sso.example',
  aud: 'jupyterhub',
  sub: 's-1',
  exp: contractNow / 1000 + 600,
  preferred_username: 'alice',
} as const;

function bearing(name: string, token: string, config: ConfigName): Omit<RequestSpelling, 'expect'> {
  return { name, config, head: [`GET ${login} HTTP/1.1`, host, `Authorization: Bearer ${token}`] };
}

/** A login with these bytes, refused. */
export function byText(name: string, token: string, reason: ReasonId, config: ConfigName = 'lab'): RequestSpelling {
  return { ...bearing(name, token, config), expect: { refused: reason } };
}

/** The same where nothing is wrong with them, so that the refusals beside it say something. */
export function accepted(name: string, token: string, config: ConfigName = 'lab'): RequestSpelling {
  return { ...bearing(name, token, config), expect: { atHub: canonical(login) } };
}
