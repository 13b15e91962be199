/** The sealed cookies that rows show, and what each of them holds; what is not listed no key opens. */
import type { Session } from '../../src/gate/proof.ts';
import { contractNow } from './tokens.ts';

/** The gate's cookie in the contract's world. */
export const sessionCookie = '__Host-hubgate-d167c3c0';

/** What says which browser began to sign in. */
export const nonceCookie = '__Host-Http-hubgate-d167c3c0-nonce';

const minutes = 60_000;

function session(user: string, more: Partial<Session> = {}, claims: Readonly<Record<string, unknown>> = {}): Session {
  return {
    id: `of-${user}`,
    prover: 'jwt',
    issuer: 'https://sso.example',
    host: '',
    begunAt: contractNow - 10 * minutes,
    sealedAt: contractNow - 10 * minutes,
    expiresAt: contractNow + 50 * minutes,
    claims: Object.assign(Object.create(null), {
      iss: 'https://sso.example',
      aud: 'jupyterhub',
      sub: 's-1',
      preferred_username: user,
      groups: ['lab'],
      org: 'lab',
      ...claims,
    }),
    ...more,
  };
}

/** By the text of the cookie. */
export const sessions: ReadonlyMap<string, Session> = new Map([
  ['sealed-alice', session('alice')],
  ['sealed-alice-state', session('alice', {}, { lab_state: 'blue' })],
  ['sealed-bob', session('bob')],
  ['sealed-mallory', session('mallory')],
  ['sealed-over', session('alice', { expiresAt: contractNow })],
  [
    'sealed-overlong',
    session('alice', { sealedAt: contractNow - 61 * minutes, expiresAt: contractNow + 600 * minutes }),
  ],
  ['sealed-ahead', session('alice', { sealedAt: contractNow + 2 * minutes, expiresAt: contractNow + 62 * minutes })],
  ['sealed-elsewhere', session('alice', { host: 'alice.hub.example' })],
  ['sealed-gone-issuer', session('alice', { issuer: 'https://former.example' })],
  ['sealed-other-prover', session('alice', { prover: 'introspection' })],
  ['sealed-other-audience', session('alice', {}, { aud: 'another' })],
  ['sealed-other-org', session('alice', {}, { org: 'guests' })],
  ['sealed-nameless', session('alice', {}, { preferred_username: '' })],
  ['sealed-odd-name', session('alice', {}, { preferred_username: 'a,b' })],
]);
