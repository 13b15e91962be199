/** Writes and reads the tags of the hub's cookies: a keyed digest of the cookie and of whose it is (design 6). */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type CookieTags, type Tagged, tagCharacters, tagSign } from '../gate/hub/cookie-tags.ts';
import { readName } from '../gate/hub/hub-cookies.ts';
import { ownBytes } from '../http/own-bytes.ts';
import { remembering } from '../http/recent-texts.ts';

/** Provers that are one directory tag for one another: a user who comes by another of them keeps the cookies. */
export type Directories = ReadonlyMap<string, string>;

/** Texts that begin differently are different, whatever stands in them. */
const part = (text: string): string => `${text.length}:${text}`;

/** Whose server or service reads the cookie: `alice-lab` in a name is a user, or alice's server lab. */
function readerOf({ name, visit }: Tagged): string {
  const family = readName(name)?.family;
  return family === 'user' || family === 'service' ? `${visit.place.class} ${visit.place.owner}` : 'hub';
}

/** All that a tag speaks for, in one text. */
function spokenFor(cookie: Tagged, issuer: string, visitor: string, directories: Directories): string {
  const directory = directories.get(issuer);
  const vouching = directory === undefined ? `issuer ${issuer}` : `namespace ${directory}`;
  return [cookie.name, readerOf(cookie), vouching, visitor, cookie.value].map(part).join('');
}

function digest(text: string, key: KeyObject): string {
  return createHmac('sha256', key).update(text).digest('base64url').slice(0, tagCharacters);
}

/** Browsers send the same cookies again and again. */
const bounds = { entries: 4096, characters: 4 * 1024 * 1024 };

/** The first key writes, all of them are read. Without any, nothing is tagged and no tag holds. */
export function openCookieTags(keys: readonly KeyObject[], directories: Directories): CookieTags {
  const digests = remembering(
    text => keys.map(key => ownBytes(Buffer.from(digest(text, key)))),
    bounds,
    () => true,
    made => made.length * tagCharacters,
  );
  const digestsOf = (cookie: Tagged): readonly Buffer[] => {
    const { visitor, issuer } = cookie.visit;
    return visitor === undefined || issuer === undefined
      ? []
      : digests(spokenFor(cookie, issuer, visitor, directories));
  };
  return {
    write(cookie) {
      const [tag] = digestsOf(cookie);
      return tag === undefined ? null : `${cookie.value}${tagSign}${tag.toString()}`;
    },
    holds(cookie, tag) {
      const shown = Buffer.from(tag);
      // All of them are compared, so that the time does not tell which key it was.
      return digestsOf(cookie).reduce(
        (held, own) => (own.length === shown.length && timingSafeEqual(own, shown)) || held,
        false,
      );
    },
  };
}
