/** What a browser says by itself of the page that asks, and whether that is one of this origin. */
import { type FieldLine, valuesOf } from '../../http/field.ts';
import type { Policy } from '../policy.ts';

/** Fields that no page can leave out or write (Fetch Metadata §2.4, RFC 6454 §7.3). */
export const pageFields: readonly string[] = ['sec-fetch-site', 'origin'];

/** Sec-Fetch-Site where no other site's page asks: one of this very origin does, or none at all. */
export const ownSites: ReadonlySet<string> = new Set(['same-origin', 'none']);

/** Methods by which no page changes anything (RFC 9110 §9.2.1). */
export const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether `origin` is publicUrl's, or that of the request's own `host`, which is one that is served. */
export function isOwnOrigin(origin: string, host: string, { publicOrigin, publicScheme }: Policy): boolean {
  return origin === publicOrigin || origin === `${publicScheme}://${host.toLowerCase()}`;
}

function says(fields: readonly FieldLine[], name: string, word: string): boolean {
  const values = valuesOf(fields, name);
  return values.length > 0 && values.every(value => value.toLowerCase() === word);
}

/** A whole tab goes there, which nobody does unseen. */
export function isWholeTab(fields: readonly FieldLine[]): boolean {
  return says(fields, 'sec-fetch-mode', 'navigate') && says(fields, 'sec-fetch-dest', 'document');
}

/** Whether a page of another origin asks, unseen: by a picture, a script, a frame. */
export function isUnseenPages(fields: readonly FieldLine[]): boolean {
  const sites = valuesOf(fields, 'sec-fetch-site');
  return !(sites.every(site => ownSites.has(site.toLowerCase())) || isWholeTab(fields));
}
