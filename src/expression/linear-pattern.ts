/** Regular expressions as Kubernetes has them (RE2): their time grows with the text alone, whatever the pattern. The only file that knows re2js. */
import { RE2JS } from 're2js';

/** Whether a text matches, anywhere in it. */
export type Matches = (text: string) => boolean;

const mostCharacters = 512;

/** Compiles a pattern of RE2; null for what is none: it has no backreferences and does not look around. */
export function linearPattern(source: string): Matches | null {
  if (source.length > mostCharacters) return null;
  try {
    const pattern = RE2JS.compile(source);
    return text => pattern.matcher(text).find();
  } catch {
    return null;
  }
}
