/** Regular expressions as Kubernetes has them (RE2): their time grows with the text alone, whatever the pattern. */
import { re2Library } from './library.ts';

/** Whether a text matches, anywhere in it. */
export type Matches = (text: string) => boolean;

/** With the instructions of the compiled pattern: at worst each is looked at for every character. */
export type SizedMatches = Matches & { readonly size: number };

const mostCharacters = 512;

/** Compiles a pattern of RE2; null for what is none: it has no backreferences and does not look around. */
export function linearPattern(source: string): SizedMatches | null {
  if (source.length > mostCharacters) return null;
  try {
    const pattern = re2Library().RE2JS.compile(source);
    return Object.assign((text: string) => pattern.matcher(text).find(), { size: pattern.programSize() });
  } catch {
    return null;
  }
}
