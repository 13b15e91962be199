/** Where a path leads behind the hub's proxy: its class, whose it is, and whether it is public (design 4.0, 4.5). */
import { hasDotSegment, isPlainPath, normalisePath } from '../http/target.ts';

/** `own`: below hubgate/, never forwarded. `other`: goes to the hub, which redirects it. */
export type PlaceClass = 'hub' | 'user' | 'services' | 'other' | 'own';

/** A classified path. */
export interface Place {
  readonly class: PlaceClass;
  /** For `user` and `services`: the decoded second segment; '' elsewhere. */
  readonly owner: string;
  /** For `user`: the decoded third segment, which is a named server's name or the first part of an application's path. */
  readonly server: string;
  /** The path below baseUrl with a leading slash, byte for byte; '' for a path outside, where nothing of the hub's is. */
  readonly below: string;
  /** No proof is asked here. */
  readonly public: boolean;
  /** Who reads what is sent here: the hub itself, or code that users write. */
  readonly audience: 'hub' | 'users';
}

/** Compiled `public:` entries (paths below baseUrl) and baseUrl. */
export interface PlaceRules {
  /** Begins and ends with a slash. */
  readonly baseUrl: string;
  readonly publicExact: ReadonlySet<string>;
  /** Each ends with a slash. */
  readonly publicPrefixes: readonly string[];
  /** What stays out of both, because it is about the proof itself; absent: nothing. */
  readonly neverPublic?: ReadonlySet<string>;
  /** `custom` with `'/**'`: a general gateway, where `other` is treated as `user` (design 4.0). */
  readonly general: boolean;
}

const firstSegments: ReadonlyMap<string, PlaceClass> = new Map([
  ['hub', 'hub'],
  ['user', 'user'],
  ['services', 'services'],
  ['hubgate', 'own'],
]);

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `/user/` without a name is nobody's server: the hub's proxy sends it to the hub. */
function classOf(named: PlaceClass, owned: boolean): PlaceClass {
  return (named === 'user' || named === 'services') && !owned ? 'other' : named;
}

/** Whether no proof is asked for a path, given as it stands below baseUrl. */
export function isPublic(below: string, { publicExact, publicPrefixes, neverPublic }: PlaceRules): boolean {
  if (!publicExact.has(below) && !publicPrefixes.some(prefix => below.startsWith(prefix))) return false;
  return neverPublic?.has(below) !== true;
}

function placeOf(path: string, rules: PlaceRules): Place {
  const { baseUrl } = rules;
  const within = path.startsWith(baseUrl);
  const below = within ? path.slice(baseUrl.length - 1) : '';
  const [, first = '', second = '', third = ''] = below.split('/', 4);
  const named = within ? (firstSegments.get(first) ?? 'other') : 'other';
  const owned = (named === 'user' || named === 'services') && second !== '';
  const found = classOf(named, owned);
  return {
    class: found,
    owner: owned ? decodeSegment(second) : '',
    server: owned && named === 'user' ? decodeSegment(third) : '',
    below,
    audience: owned || (found === 'other' && rules.general) ? 'users' : 'hub',
    public: within && isPublic(below, rules),
  };
}

/**
 * Classifies a raw path, or gives null when servers could disagree about where it leads: its raw and its fully decoded
 * reading differ, or some reading holds a dot segment, which each server resolves in a round of its own
 * (GHSA-6jwx, CVE-2021-29492). A file named `a%2Fb` stays reachable.
 */
export function classify(path: string, rules: PlaceRules): Place | null {
  if (isPlainPath(path)) return placeOf(path, rules);
  if (hasDotSegment(path)) return null;
  const raw = placeOf(path, rules);
  const read = placeOf(normalisePath(path), rules);
  const same = raw.class === read.class && raw.owner === read.owner && raw.public === read.public;
  if (!same) return null;
  // A server's name that can be read in two ways is no server's name, so no server's cookie goes with it.
  return { ...raw, server: raw.server === read.server ? raw.server : '' };
}
