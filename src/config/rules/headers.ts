/** Rules on header names that meet: injected, asserted, let through. */
import { foldName } from '../../http/field.ts';
import { type Finding, formatPath, type Path } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';

/** A field name, and where the config says it. */
interface NamedHeader {
  readonly folded: string;
  readonly path: Path;
}

function injected({ inject }: ReadableConfig): NamedHeader[] {
  if (inject === undefined) return [];
  const user = inject.user?.header ?? null;
  const named = inject.data.map(({ header }) => ({ folded: foldName(header), path: ['inject', 'data', header] }));
  if (inject.mount !== null && inject.mount.headerFile === null)
    named.unshift({ folded: foldName(inject.mount.header), path: ['inject', 'mount', 'header'] });
  if (user !== null) named.unshift({ folded: foldName(user), path: ['inject', 'user', 'header'] });
  return named;
}

function asserted({ sso = [] }: ReadableConfig): string[] {
  return sso.flatMap(({ headers }) =>
    headers === undefined
      ? []
      : [headers.username, ...(headers.groups === null ? [] : [headers.groups]), ...headers.others],
  );
}

/** Fields that carry tokens, folded, and where the config says it. Authorization has rules of its own. */
function carrying({ jwt = [] }: ReadableConfig): NamedHeader[] {
  return jwt.flatMap(({ carriers = [] }, entry) =>
    carriers.flatMap((carrier, at) => {
      const folded = carrier.kind === 'header' ? foldName(carrier.header) : 'authorization';
      return folded === 'authorization' ? [] : [{ folded, path: ['jwt', entry, 'carriers', at, 'header'] }];
    }),
  );
}

/** A field that carries a token is nothing else: what a proxy asserts or the gate writes in it could bring the token to the hub. */
export function carriersApart(config: ReadableConfig): Finding[] {
  const spoken = new Set([...injected(config).map(({ folded }) => folded), ...asserted(config).map(foldName)]);
  const message = 'is a header of inject or sso, expected one that only carries tokens';
  return carrying(config).flatMap(({ folded, path }) => (spoken.has(folded) ? [{ path, message }] : []));
}

/** No name twice, in whatever spelling: the hub could read either. */
export function injectedOnce(config: ReadableConfig): Finding[] {
  const headers = injected(config);
  return headers.flatMap(({ folded, path }, index) => {
    const first = headers.findIndex(other => other.folded === folded);
    const twin = headers[first];
    return twin === undefined || first === index
      ? []
      : [
          {
            path,
            message: `is the same header as ${formatPath(twin.path)}, expected another`,
            atKey: path.includes('data'),
          },
        ];
  });
}

/** The fields of shared secrets, and where the config says them. */
function secrets({ sso = [] }: ReadableConfig): NamedHeader[] {
  return sso.flatMap(({ require }, index) =>
    require?.sharedSecret
      ? [
          {
            folded: foldName(require.sharedSecret.header),
            path: ['sso', index, 'require', 'sharedSecret', 'header'],
          },
        ]
      : [],
  );
}

/** A secret stands in a field that carries nothing else: what is asserted or injected can be read by others. */
export function secretsApart(config: ReadableConfig): Finding[] {
  const own = [...injected(config), ...carrying(config)].map(({ folded }) => folded);
  const spoken = new Set([...own, ...asserted(config).map(foldName)]);
  const message =
    'is a header of inject, sso[].headers or a carrier of jwt too, expected one that carries the secret alone';
  return secrets(config).flatMap(({ folded, path }) => (spoken.has(folded) ? [{ path, message }] : []));
}

/** Fields that the client may speak are none that the gate or a proxy speaks. */
export function extraHeadersFree(config: ReadableConfig): Finding[] {
  const own = [...injected(config), ...carrying(config), ...secrets(config)].map(({ folded }) => folded);
  const spoken = new Set([...own, ...asserted(config).map(foldName)]);
  return (config.hub?.extraHeaders ?? []).flatMap((name, index) =>
    spoken.has(foldName(name))
      ? [
          {
            path: ['hub', 'extraHeaders', index],
            message: 'is a header of inject, sso or a carrier of jwt, expected one that a client may speak',
          },
        ]
      : [],
  );
}

/** Whoever chooses a name would choose a group by it. */
export function groupsAsserted({ sso = [] }: ReadableConfig): Finding[] {
  const message = 'is the header of the user name too, expected one that lists groups';
  return sso.flatMap(({ headers }, entry) =>
    headers?.groups != null && foldName(headers.groups) === foldName(headers.username)
      ? [{ path: ['sso', entry, 'headers', 'groups'], message }]
      : [],
  );
}

/** Data comes from headers that some proxy asserts: no other reaches the gate's identity. */
export function dataAsserted(config: ReadableConfig): Finding[] {
  if (config.sso === undefined || config.sso.some(({ headers }) => headers === undefined)) return [];
  const known = new Set(asserted(config).map(foldName));
  return (config.inject?.data ?? []).flatMap(({ header, from }) =>
    from.kind !== 'header' || known.has(foldName(from.header))
      ? []
      : [
          {
            path: ['inject', 'data', header, 'header'],
            message: 'is asserted by nobody, expected a header that sso[].headers names',
          },
        ],
  );
}
