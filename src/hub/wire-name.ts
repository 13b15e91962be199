/** A user's name as bytes of a field value. Tornado reads those as latin-1 whatever they were, and so do the plugins (M2). */

/** What a plugin does with the text that Tornado gives it, and so how the name is best written. */
export type NameEncoding =
  /** It makes a code of the name, or its users decode it: every name can be told. */
  | 'utf-8'
  /** It makes the text itself the hub's name: names beyond latin-1 would come out garbled. */
  | 'latin-1';

const ascii = /^[\x00-\x7f]*$/;
const latin1 = /^[\x00-\xff]*$/;

/** The field's value, a byte a character; null where the encoding does not have the name. */
export function wireName(user: string, encoding: NameEncoding): string | null {
  if (ascii.test(user)) return user;
  if (encoding === 'utf-8') return Buffer.from(user, 'utf8').toString('latin1');
  return latin1.test(user) ? user : null;
}
