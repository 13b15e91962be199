/** What is allowed, but seldom meant. */
import type { Config } from '../config.ts';
import { isLoopback } from '../formats.ts';
import type { Finding } from '../problems.ts';

function plainPublicUrl({ publicUrl }: Config): Finding[] {
  const { protocol, hostname } = new URL(publicUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const local = host.endsWith('.localhost') || isLoopback({ kind: 'tcp', host, port: 0 });
  if (protocol === 'https:' || local) return [];
  return [
    {
      path: ['publicUrl'],
      message: 'is plain http off localhost, expected https: cookies and tokens cross in the clear',
    },
  ];
}

function injectedEverywhere({ inject }: Config): Finding[] {
  const message = "covers every path, servers of users included, expected exact paths: users' code will see the header";
  const all = (paths: readonly string[] | null | undefined): boolean => paths?.includes('/**') ?? false;
  return [
    ...(all(inject.user?.paths) ? [{ path: ['inject', 'user', 'paths'], message }] : []),
    ...(all(inject.mount?.paths) ? [{ path: ['inject', 'mount', 'paths'], message }] : []),
    ...inject.data.flatMap(({ header, paths }) =>
      all(paths) ? [{ path: ['inject', 'data', header, 'paths'], message }] : [],
    ),
  ];
}

function everythingPublic(config: Config): Finding[] {
  const index = config.public.indexOf('/**');
  return index < 0 ? [] : [{ path: ['public', index], message: 'asks nobody for a proof, expected narrower paths' }];
}

function nobodyTrusted({ trust }: Config): Finding[] {
  if (trust.proxies.length > 0 || trust.others === 'bearerOnly' || trust.unixPeers) return [];
  return [{ path: ['trust', 'proxies'], message: 'is empty, expected a CIDR: nobody may talk to the gate' }];
}

/** Every warning about a config that holds. */
export function warningsOf(config: Config): Finding[] {
  return [plainPublicUrl, injectedEverywhere, everythingPublic, nobodyTrusted].flatMap(rule => rule(config));
}
