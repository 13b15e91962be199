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

/** Sec-Purpose is the standard's (Fetch §3.8); browsers before it said the others. */
const purposes = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const ahead = /prefetch|prerender|preview/i;

/** Whether a browser asks ahead of a click that may never come. */
export function isAhead(fields: readonly FieldLine[]): boolean {
  return purposes.some(name => valuesOf(fields, name).some(value => ahead.test(value)));
}

/**
 * Whether a page asks that may be another origin's, unseen: by a picture, a script, a frame, or ahead of a click, of which Chromium
 * says `Sec-Fetch-Site: none` and `navigate`, whoever's page has it ask (seen with 156, for speculation rules).
 */
export function isUnseenPages(fields: readonly FieldLine[]): boolean {
  if (isAhead(fields)) return true;
  const sites = valuesOf(fields, 'sec-fetch-site');
  return !(sites.every(site => ownSites.has(site.toLowerCase())) || isWholeTab(fields));
}
