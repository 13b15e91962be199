/** Where a browser wants to go, as far as the site that signs it in may know: that keeps a log, too. */
import { decodeFully } from '../../http/percent.ts';

/** A parameter that is nobody else's to read, in any place of a query that some page takes for a whole one: a `next` has one of its own. */
const secretParameter = /(?:^|[?&;#])[\s+]*(?:(?:access_|id_|refresh_)?token|code|_xsrf)[\s+]*(?:[=&;#]|$)/i;

/** What browsers leave out of an address wherever it stands. */
const unread = /[\t\n\r]/g;

/** The same path or URL, without its query and fragment where something in them is secret. */
export function sharedPlace(place: string): string {
  const mark = place.search(/[?#]/);
  if (mark === -1) return place;
  const read = decodeFully(place.slice(mark)).text.replace(unread, '');
  return secretParameter.test(read) ? place.slice(0, mark) : place;
}
