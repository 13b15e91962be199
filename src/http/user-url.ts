/** URLs with a place for a user's name: what is put in it leads nowhere else. */

/** Where the name goes. */
export const userPlace = '{user}';

/** RFC 3986 §2.3: everything else is escaped, marks that `encodeURIComponent` leaves alone included. */
function escaped(user: string): string {
  return encodeURIComponent(user).replace(
    /[!'()*]/g,
    mark => `%${mark.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/**
 * The template as the URL standard writes it, `{user}` as it is; null where that leaves no such place in the path or query, or
 * where it is no URL with one.
 */
export function normalTemplate(template: string): string | null {
  const marker = 'u-s-e-r';
  if (template.includes(marker)) return null;
  const written = template.replaceAll(userPlace, marker);
  if (!URL.canParse(written)) return null;
  const { href, origin, hash } = new URL(written);
  if (origin.includes(marker) || hash.includes(marker) || !href.startsWith(`${origin}/`)) return null;
  return href.includes(marker) ? href.replaceAll(marker, userPlace) : null;
}

/** The URL for one user; null where the name would make another path of it (`..`), or is no text. */
export function userUrl(template: string, user: string): string | null {
  if (user === '' || !user.isWellFormed()) return null;
  const url = template.replaceAll(userPlace, () => escaped(user));
  return URL.canParse(url) && new URL(url).href === url ? url : null;
}
