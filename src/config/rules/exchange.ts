/** Rules on tokens that the gate has the hub mint. */

import { isLoopback } from '../formats.ts';
import type { Finding } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';
import type { PresetName } from '../sections/hub.ts';

/** Its plugin logs nobody in without a token of the hub's. */
const tokenPreset: PresetName = 'jhub_remote_login.RemoteUserAuthenticator';

/** Each login with it needs a token of the hub's. */
export function loginTokenMinted({ hub }: ReadableConfig): Finding[] {
  if (hub?.authenticator?.preset !== tokenPreset || hub.tokenFile !== null) return [];
  const message =
    'reads a token of the hub with each login, expected hub.tokenFile beside it, for the gate to mint them';
  return [{ path: ['hub', 'authenticator'], message }];
}

/** Tokens of users cross no network in the clear (design 5). */
export function mintedEncrypted({ hub }: ReadableConfig): Finding[] {
  if (!hub?.tokenFile || hub.dangerouslyPlainHub !== false) return [];
  const ways = [
    { key: 'url', plain: hub.tls === null, address: hub.address },
    { key: 'internalUrl', plain: hub.internal?.secure === false, address: hub.internal?.address },
  ];
  const message =
    'is plain http off loopback, and hub.tokenFile has tokens go there, expected https, a hub on loopback, or dangerouslyPlainHub: true';
  return ways.flatMap(({ key, plain, address }) =>
    plain && address !== undefined && !isLoopback(address) ? [{ path: ['hub', key], message }] : [],
  );
}
