/** Whether an answer is one browser's alone, by its Cache-Control (RFC 9111 §5.2.2). */
import { type FieldLine, listElements, valuesOf } from './field.ts';

const shareable = /^(?:public|immutable|s-maxage\b|max-age=0*[1-9])/i;
const unshared = /^(?:no-store|private)$/i;

/** A CDN obeys its own field, whatever Cache-Control says (RFC 9213 §2.2; Surrogate-Control and Edge-Control came before it). */
const forCdns = /^(?:.*-cache-control|surrogate-control|edge-control)$/i;

/** Whether a field of that name speaks to caches on the way alone. */
export function isForCdns(name: string): boolean {
  return forCdns.test(name);
}

/** `shared`: a cache that others ask as well may keep it; `private`: none may; `unsaid`: it says neither. */
export function sharing(fields: readonly FieldLine[]): 'shared' | 'private' | 'unsaid' {
  if (fields.some(([name]) => isForCdns(name))) return 'shared';
  const directives = listElements(valuesOf(fields, 'cache-control'));
  if (directives.some(directive => unshared.test(directive))) return 'private';
  return directives.some(directive => shareable.test(directive)) ? 'shared' : 'unsaid';
}
