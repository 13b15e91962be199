/** Rules on `session`: who hands users over, what a cookie can carry, and over which wire it goes. */
import { isLoopback } from '../formats.ts';
import type { Finding } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';

const defaultPorts: ReadonlyMap<string, string> = new Map([
  ['https:', '443'],
  ['http:', '80'],
]);

/** Host and port of an origin; of a bare authority at the scheme's default. */
function authorityOf(written: string, scheme: string): string {
  const url = URL.parse(written.includes('://') ? written : `${scheme}//${written}`);
  return url === null ? '' : `${url.hostname}:${url.port || (defaultPorts.get(url.protocol) ?? '')}`;
}

/** Users' own code speaks with publicUrl's origin, and with every alias: it would hand over whom it likes (J14). */
export function handedOverFromOutside({ publicUrl, publicAliases = [], session }: ReadableConfig): Finding[] {
  if (!session || publicUrl === undefined) return [];
  const { protocol } = new URL(publicUrl);
  const own = new Set(
    [publicUrl, ...publicAliases.filter(alias => alias !== '*')].map(one => authorityOf(one, protocol)),
  );
  return session.handoffOrigins.flatMap((site, at) =>
    own.has(authorityOf(site, protocol))
      ? [
          {
            path: ['session', 'handoff', 'origins', at],
            message: "is the hub's own, where users' code runs, expected the primary site",
          },
        ]
      : [],
  );
}

/** Whether a host that is written out is one of users' hosts as well; ports are not looked at, cookies do not know them. */
function isUserHost(written: string, userHosts: string): boolean {
  const [suffix = ''] = userHosts.split(':');
  const url = URL.parse(written.includes('://') ? written : `http://${written}`);
  return url?.hostname.endsWith(suffix) === true && !url.hostname.slice(0, -suffix.length).includes('.');
}

/** On users' hosts is users' code: the hub is not there, and nobody hands over from there (J14). */
export function userHostsApart({ publicUrl, publicAliases = [], userHosts, session }: ReadableConfig): Finding[] {
  if (!userHosts) return [];
  const message = "is one of userHosts, where users' code runs, expected another host";
  const origins = session?.handoffOrigins ?? [];
  const written: readonly (readonly [string, Finding['path']])[] = [
    ...(publicUrl === undefined ? [] : [[publicUrl, ['publicUrl']] as const]),
    ...publicAliases.map((alias, at) => [alias, ['publicAliases', at]] as const),
    ...origins.map((site, at) => [site, ['session', 'handoff', 'origins', at]] as const),
  ];
  return written.flatMap(([one, path]) => (isUserHost(one, userHosts) ? [{ path, message }] : []));
}

function isLocal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host.endsWith('.localhost') || isLoopback({ kind: 'tcp', host, port: 0 });
}

/** Browsers take a cookie for frames of other sites over TLS alone, and a frame is somebody's. */
export function embeddedSafely({ publicUrl, session }: ReadableConfig): Finding[] {
  if (!session?.embed) return [];
  const path = ['session', 'embed'];
  const plain =
    publicUrl?.startsWith('http:') === true
      ? [{ path, message: 'is true over plain http, expected an https publicUrl: browsers keep no such cookie' }]
      : [];
  const nowhere =
    session.handoffOrigins.length === 0
      ? [{ path, message: 'is true for no site, expected the sites that show the hub in session.handoff.origins' }]
      : [];
  return [...plain, ...nowhere];
}

/** Whoever reads the cookie on its way is the user. */
export function cookieEncrypted({ publicUrl, session }: ReadableConfig): Finding[] {
  if (!session || publicUrl === undefined || session.dangerouslyInsecureCookies) return [];
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'https:' || isLocal(hostname)) return [];
  const message =
    'would send its cookie over plain http (publicUrl), expected an https publicUrl, or dangerouslyInsecureCookies: true';
  return [{ path: ['session'], message }];
}

const fromElsewhere: ReadonlySet<string> = new Set(['file', 'url']);

/** A mount out of claims would have to travel in the cookie, private key and all. */
export function mountNotInCookie({ session, inject }: ReadableConfig): Finding[] {
  const kind = inject?.mount?.from.kind;
  if (!session || kind === undefined || fromElsewhere.has(kind)) return [];
  const message = 'can not be had from a session: a cookie carries no key, expected file or url instead';
  return [{ path: ['inject', 'mount', 'from', kind], message }];
}

/** Whom a sign-in proxy asserts needs no hand-off, and has the hub's cookies bound all the same. */
export function handedOverByToken({ session, jwt, introspection }: ReadableConfig): Finding[] {
  if (!session || jwt === undefined || introspection === undefined) return [];
  if (jwt.length + introspection.length > 0 || session.handoffOrigins.length === 0) return [];
  const message = 'hand users over by a token, expected an entry in jwt or introspection beside it';
  return [{ path: ['session', 'handoff', 'origins'], message }];
}
