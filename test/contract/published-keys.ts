/** The keys of the config `signed`, whose tokens' signatures are looked at, and the set in which their issuer publishes them. */

import type { KeyRing } from '../../src/identity/keys/key-sources.ts';
import { openKeySources } from '../../src/identity/keys/key-sources.ts';
import { clockBy } from '../clock/settable-clock.ts';
import { jwksBytes, makeKey, publicJwk } from '../identity/token-maker.ts';
import { contractNow } from './tokens.ts';

/** One of each kind, and two that share their name. */
export const publishedKeys = {
  rs: makeKey('RS256'),
  es: makeKey('ES256'),
  ed: makeKey('EdDSA'),
  twin: makeKey('ES256', 'twin'),
  otherTwin: makeKey('ES256', 'twin'),
} as const;

/** The issuer of these keys and its algorithms, as the config has them. */
const source = {
  issuer: 'https://sso.example',
  keys: { kind: 'jwksFile', file: 'published' },
  algorithms: new Set(['RS256', 'ES256', 'EdDSA']),
} as const;

/** The gate's own look-up of signatures, under these keys. */
export async function openPublishedKeys(): Promise<KeyRing> {
  const opening = await openKeySources([source], {
    ask: () => Promise.reject(new Error('nothing is to be fetched')),
    readFile: async () => jwksBytes(...Object.values(publishedKeys).map(key => publicJwk(key))),
    clock: clockBy(() => contractNow),
    onEvent: () => undefined,
  });
  if (!opening.ok) throw new Error('the keys can not be read');
  return opening.ring;
}
