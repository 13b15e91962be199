/** Rules on who reaches what: listeners, the way to the hub. */

import { isLoopback } from '../formats.ts';
import { type Finding, formatPath, type Path } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';
import type { Address } from '../sections/listen.ts';

interface Listener {
  readonly address: Address;
  readonly path: Path;
}

function listeners({ listen = [], health, admin }: ReadableConfig): Listener[] {
  const all = listen.flatMap(({ address }, index) =>
    address === undefined ? [] : [{ path: ['listen', index, 'address'], address }],
  );
  return [
    ...all,
    ...(health?.address ? [{ path: ['health', 'address'], address: health.address }] : []),
    ...(admin ? [{ path: ['admin', 'address'], address: admin.address }] : []),
  ];
}

const written = (address: Address): string | null => {
  if (address.kind === 'unix') return address.path;
  return address.port === 0 ? null : `${address.host.toLowerCase()} ${address.port}`;
};

/** One listener an address. */
export function addressesOnce(config: ReadableConfig): Finding[] {
  const places = listeners(config);
  const all = places.map(({ address }) => written(address));
  return places.flatMap(({ path }, index) => {
    const own = all[index] ?? null;
    return own === null || all.indexOf(own) === index
      ? []
      : [{ path, message: 'is the address of another listener too, expected another' }];
  });
}

const everyInterface: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Whether who connects to one host can be answered by who listens on the other; names but localhost are not looked up. */
function answers(listening: string, asked: string): boolean {
  if (listening === asked) return true;
  const local = (host: string): boolean => everyInterface.has(host) || isLoopback({ kind: 'tcp', host, port: 0 });
  const vague = (host: string): boolean => everyInterface.has(host) || host === 'localhost';
  return local(listening) && local(asked) && (vague(listening) || vague(asked));
}

function isReached(listening: Address, asked: Address): boolean {
  if (listening.kind === 'unix' || asked.kind === 'unix') return written(listening) === written(asked);
  const samePort = listening.port === asked.port && asked.port !== 0;
  return samePort && answers(listening.host.toLowerCase(), asked.host.toLowerCase());
}

/** The hub is not the gate itself. */
export function noLoop(config: ReadableConfig): Finding[] {
  const ways = [
    { asked: config.hub?.address, key: 'url', expected: "the hub's public proxy" },
    { asked: config.hub?.internal?.address, key: 'internalUrl', expected: "the hub's own port" },
  ];
  return ways.flatMap(({ asked, key, expected }) => {
    const own = asked && listeners(config).find(({ address }) => isReached(address, asked));
    if (!own) return [];
    const message = `is the gate's own ${formatPath(own.path)}, which is a loop, expected ${expected}`;
    return [{ path: ['hub', key], message }];
  });
}

/** Servers are led past the hub's proxy, which would lead them to any path of the hub's. */
export function serversLed({ listen = [], hub }: ReadableConfig): Finding[] {
  if (hub === undefined || hub.internal !== null) return [];
  const message = "is for servers, expected hub.internalUrl beside it: the hub's own port, where its API is";
  return listen.flatMap(({ audience }, index) =>
    audience === 'servers' ? [{ path: ['listen', index, 'for'], message }] : [],
  );
}

/** The status of the gate is shown to operators alone. */
export function adminGuarded({ admin }: ReadableConfig): Finding[] {
  if (!admin || isLoopback(admin.address) || admin.tokenFile !== null) return [];
  const message = 'is off loopback, expected admin.tokenFile beside it, or a loopback address';
  return [{ path: ['admin', 'address'], message }];
}

/** A mount may carry a private key: it crosses no network in the clear (design 5). */
export function mountEncrypted({ hub, inject }: ReadableConfig): Finding[] {
  const isPlain = hub?.address !== undefined && hub.tls === null && !isLoopback(hub.address);
  if (!isPlain || !inject?.mount || hub.dangerouslyPlainHub !== false) return [];
  const message =
    'goes over plain http to a hub off loopback, expected an https hub.url, a hub on loopback, or hub.dangerouslyPlainHub: true';
  return [{ path: ['inject', 'mount'], message }];
}

/** With `custom` there is no preset to say which header names the user. */
export function customInjects({ hub, inject }: ReadableConfig): Finding[] {
  if (hub?.authenticator?.preset !== 'custom' || inject === undefined || inject.user !== null) return [];
  return [{ path: ['inject', 'user'], message: 'missing, expected the identity header (hub.authenticator is custom)' }];
}
