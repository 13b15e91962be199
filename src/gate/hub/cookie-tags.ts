/** Tags on the hub's cookies: each says whose browser the cookie was given to, so that it is worth nothing in another's (design 6). */
import type { CookiePair } from '../../http/cookies.ts';
import { browserId, readName, type Visit } from './hub-cookies.ts';

/** One cookie, and whose it is or would be. */
export interface Tagged {
  readonly name: string;
  /** Without the tag; quotes and all. */
  readonly value: string;
  readonly visit: Visit;
}

/** Whoever can write a tag and tell one that holds. */
export interface CookieTags {
  /** The value with its tag; null where nobody is proved whose it could be. */
  write(cookie: Tagged): string | null;
  /** Whether that tag was written for this very cookie of this very visitor. */
  holds(cookie: Tagged, tag: string): boolean;
}

/** Stands between a value and its tag: the hub's values end with a quote or base64. */
export const tagSign = '~';
/** Base64url characters of a tag. */
export const tagCharacters = 22;

const suffix = new RegExp(`^(.*)${tagSign}([A-Za-z0-9_-]{${tagCharacters}})$`, 's');

/** A crumb of the hub's that says who its bearer is. */
export interface TaggedCrumb {
  readonly name: string;
  readonly value: string;
  /** Null: there is none. */
  readonly tag: string | null;
  /** As the hub wrote it. */
  readonly plain: CookiePair;
}

/** Null for a crumb whose own name is not of that kind, whatever else a lax parser may see in it. */
export function readTagged({ name, text }: CookiePair): TaggedCrumb | null {
  if (readName(name)?.isIdentity !== true) return null;
  const shown = text.slice(text.indexOf('=') + 1);
  const [, value, tag] = text.startsWith(`${name}=`) ? (suffix.exec(shown) ?? []) : [];
  if (value === undefined || tag === undefined) return { name, value: shown, tag: null, plain: { name, text } };
  return { name, value, tag, plain: { name, text: text.slice(0, -tagSign.length - tagCharacters) } };
}

/** What becomes of cookies that may go up by their names. */
export interface SortedCookies {
  /** In wire order, as the hub wrote them. */
  readonly up: readonly CookiePair[];
  /** Names of those that are another visitor's, or nobody's, and of which none is this one's; each once. */
  readonly stale: readonly string[];
}

/** A cookie beside what its tag is read from; `tagged` is null for one that needs none. */
export interface Candidate {
  readonly pair: CookiePair;
  readonly tagged: TaggedCrumb | null;
}

const isLogin = (name: string): boolean => readName(name)?.family === 'login';

/** Of repeats those with a tag that holds pass (H15). The browser's id at the hub goes with a login that was another's. */
export function sortByTag(candidates: readonly Candidate[], visit: Visit, tags: CookieTags): SortedCookies {
  const up: CookiePair[] = [];
  const held = new Set<string>();
  const broken = new Set<string>();
  for (const { pair, tagged } of candidates) {
    if (tagged === null) up.push(pair);
    else if (tagged.tag !== null && tags.holds({ ...tagged, visit }, tagged.tag)) {
      held.add(tagged.name);
      up.push(tagged.plain);
    } else broken.add(tagged.name);
  }
  const stale = [...broken].filter(name => !held.has(name));
  if (!stale.some(isLogin)) return { up, stale };
  return { up: up.filter(({ name }) => name !== browserId), stale: [...stale, browserId] };
}
