/** Whether an answer is one browser's alone, by its Cache-Control (RFC 9111 §5.2.2). */
import { type FieldLine, listElements, valuesOf } from './field.ts';

const shareable = /^(?:public|immutable|s-maxage\b|max-age=0*[1-9])/i;
const unshared = /^(?:no-store|private)$/i;

/** `shared`: a cache that others ask as well may keep it; `private`: none may; `unsaid`: it says neither. */
export function sharing(fields: readonly FieldLine[]): 'shared' | 'private' | 'unsaid' {
  const directives = listElements(valuesOf(fields, 'cache-control'));
  if (directives.some(directive => unshared.test(directive))) return 'private';
  return directives.some(directive => shareable.test(directive)) ? 'shared' : 'unsaid';
}
