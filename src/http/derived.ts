/** What is worked out from an object alone: once, and it goes when the object goes. */

/**
 * A function of one object that remembers what it gave. Requests mostly meet the same object as the one before, so the last
 * one is at hand.
 */
export function derived<Source extends object, Made>(make: (source: Source) => Made): (source: Source) => Made {
  const all = new WeakMap<Source, { readonly source: Source; readonly made: Made }>();
  let last: { readonly source: Source; readonly made: Made } | undefined;
  return source => {
    if (last?.source === source) return last.made;
    last = all.get(source);
    if (last === undefined) {
      last = { source, made: make(source) };
      all.set(source, last);
    }
    return last.made;
  };
}
