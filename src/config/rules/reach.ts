/** Rules on who reaches what: trusted proxies, listeners, the way to the hub. */
import { type Cidr, cidrWithin, parseCidr } from '../../http/address.ts';
import type { Address, Config } from '../config.ts';
import { isLoopback } from '../formats.ts';
import type { Finding, Path } from '../problems.ts';

function rangesOf(written: readonly string[]): Cidr[] {
  return written.flatMap(text => {
    const parsed = parseCidr(text);
    return parsed.ok ? [parsed.cidr] : [];
  });
}

/** An SSO proxy is a trusted proxy. */
export function ssoTrusted({ trust, sso = [] }: Partial<Config>): Finding[] {
  if (trust === undefined) return [];
  const trusted = rangesOf(trust.proxies);
  return sso.flatMap(({ proxies }, entry) =>
    rangesOf(proxies).flatMap((range, index) =>
      trusted.some(outer => cidrWithin(range, outer))
        ? []
        : [
            {
              path: ['sso', entry, 'proxies', index],
              message: 'is not trusted, expected a range inside trust.proxies',
            },
          ],
    ),
  );
}

const written = (address: Address): string | null => {
  if (address.kind === 'unix') return address.path;
  return address.port === 0 ? null : `${address.host.toLowerCase()} ${address.port}`;
};

/** One listener an address. */
export function addressesOnce({ listen = [], health, admin }: Partial<Config>): Finding[] {
  const places: { path: Path; address: Address }[] = listen.map(({ address }, index) => ({
    path: ['listen', index, 'address'],
    address,
  }));
  if (health?.address) places.push({ path: ['health', 'address'], address: health.address });
  if (admin) places.push({ path: ['admin', 'address'], address: admin.address });
  const all = places.map(({ address }) => written(address));
  return places.flatMap(({ path }, index) => {
    const own = all[index] ?? null;
    return own === null || all.indexOf(own) === index
      ? []
      : [{ path, message: 'is the address of another listener too, expected another' }];
  });
}

/** A mount may carry a private key: it crosses no network in the clear (design 5). */
export function mountEncrypted({ hub, inject }: Partial<Config>): Finding[] {
  if (hub === undefined || !inject?.mount || hub.dangerouslyPlainHub || isLoopback(hub.address)) return [];
  const message =
    'goes over plain http to a hub off loopback, expected a hub on loopback, or hub.dangerouslyPlainHub: true';
  return [{ path: ['inject', 'mount'], message }];
}

/** With `custom` there is no preset to say which header names the user. */
export function customInjects({ hub, inject }: Partial<Config>): Finding[] {
  if (hub?.authenticator.preset !== 'custom' || inject === undefined || inject.user !== null) return [];
  return [{ path: ['inject', 'user'], message: 'missing, expected the identity header (hub.authenticator is custom)' }];
}
