/** Rules on provers: somebody proves, and no two directories give one name. */
import { type Finding, formatPath, type Path } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';

/** One prover's directory, and what stands before its names. */
interface Directory {
  readonly namespace: string | null;
  /** Lower-case, as `user.lowercase` or the hub makes it; in NFD, for a mark that a name begins with joins the prefix's last letter. */
  readonly prefix: string;
  readonly path: Path;
}

/** Nothing is said of a prover whose namespace or prefix could not be read. */
function directories({ jwt = [], introspection = [], sso = [] }: ReadableConfig): Directory[] {
  const ofTokens = ([list, entries]: readonly ['jwt' | 'introspection', typeof jwt | typeof introspection]) =>
    entries.map(({ namespace, claimMappings }, index) => ({
      namespace,
      prefix: claimMappings?.username.prefix,
      path: [list, index],
    }));
  const tokens = (
    [
      ['jwt', jwt],
      ['introspection', introspection],
    ] as const
  ).flatMap(ofTokens);
  const proxies = sso.map(({ namespace, prefix }, index) => ({ namespace, prefix, path: ['sso', index] }));
  return [...tokens, ...proxies].flatMap(({ namespace, prefix, path }) =>
    namespace === undefined || prefix === undefined
      ? []
      : [{ namespace, prefix: prefix.toLowerCase().normalize('NFD'), path }],
  );
}

/** At least one prover. */
export function someProver({ jwt, sso, introspection }: ReadableConfig): Finding[] {
  if (jwt === undefined || sso === undefined || introspection === undefined) return [];
  if (jwt.length + sso.length + introspection.length > 0) return [];
  return [{ path: [], message: 'has no prover, expected one entry or more in jwt, sso or introspection' }];
}

const isOther = (one: Directory, other: Directory): boolean =>
  one !== other && (one.namespace === null || one.namespace !== other.namespace);

function wayOut([list]: Path): string {
  const key = list === 'sso' ? 'prefix' : 'claimMappings.username.prefix';
  return `expected a ${key} of its own, whatever its capitals, or the same namespace in both where they have the same users`;
}

/** Names of two directories never meet: each has a prefix that no other's prefix begins with (design 3, S5). */
export function separateNames(config: ReadableConfig): Finding[] {
  const all = directories(config);
  return all.flatMap(directory => {
    const { path, prefix } = directory;
    const others = all.filter(other => isOther(directory, other));
    const twin =
      prefix === '' ? others[0] : others.find(other => other.prefix !== '' && prefix.startsWith(other.prefix));
    if (twin === undefined) return [];
    const message = `can give a name that ${formatPath(twin.path)} gives another user, ${wayOut(path)}`;
    return [{ path, message }];
  });
}

function repeats(values: readonly (string | null)[]): number[] {
  return values.flatMap((value, index) => (value !== null && values.indexOf(value) < index ? [index] : []));
}

/** One entry an issuer, and one for tokens without `iss`. */
export function singleIssuers({ jwt = [] }: ReadableConfig): Finding[] {
  const urls = jwt.map(({ issuer }) => (issuer?.kind === 'url' ? issuer.url : null));
  const absent = jwt.map(({ issuer }) => (issuer?.kind === 'absent' ? '' : null));
  return [
    ...repeats(urls).map(index => ({
      path: ['jwt', index, 'issuer', 'url'],
      message: 'is the issuer of an earlier entry too, expected one entry an issuer',
    })),
    ...repeats(absent).map(index => ({
      path: ['jwt', index, 'issuer', 'absent'],
      message: 'stands in an earlier entry too, expected it once',
    })),
  ];
}

/** Names in logs are unique. */
export function singleSsoNames({ sso = [] }: ReadableConfig): Finding[] {
  return repeats(sso.map(({ name = null }) => name)).map(index => ({
    path: ['sso', index, 'name'],
    message: 'is the name of an earlier entry too, expected another',
  }));
}
