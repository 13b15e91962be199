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

/** How much is remembered of what was made, at most. */
export interface DerivedBounds<Made> {
  readonly bytes: number;
  readonly weigh: (made: Made) => number;
}

/**
 * As `derived`, for what may take up much more than its object: in two halves as `RecentTexts`, so that what is in use stays.
 * What is too heavy for its half is made again each time.
 */
export function derivedWithin<Source extends object, Made>(
  make: (source: Source) => Made,
  { bytes, weigh }: DerivedBounds<Made>,
): (source: Source) => Made {
  interface Entry {
    readonly made: Made;
    readonly weight: number;
  }
  let young = new WeakMap<Source, Entry>();
  let old = new WeakMap<Source, Entry>();
  let youngBytes = 0;
  const add = (source: Source, entry: Entry): void => {
    if (youngBytes + entry.weight > bytes / 2) {
      old = young;
      young = new WeakMap();
      youngBytes = 0;
    }
    youngBytes += entry.weight;
    young.set(source, entry);
  };
  const entryOf = (source: Source): Entry => {
    const again = old.get(source);
    if (again !== undefined) return again;
    const made = make(source);
    return { made, weight: weigh(made) };
  };
  return source => {
    const known = young.get(source);
    if (known !== undefined) return known.made;
    const entry = entryOf(source);
    if (entry.weight <= bytes / 2) add(source, entry);
    return entry.made;
  };
}
