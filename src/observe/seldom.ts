/** Says what strangers can bring about at any rate: seldom, and with how often it happened. */

/**
 * Says a text at once, and again after `everyMs` at the soonest, with how often it was to be said since, and whom it is about
 * this time. `now` is in ms. There are few different texts: each is remembered.
 */
export function seldom<About>(
  say: (text: string, times: number, about: About) => void,
  everyMs: number,
  now: () => number,
): (text: string, about: About) => void {
  const said = new Map<string, { readonly at: number; times: number }>();
  return (text, about) => {
    const before = said.get(text);
    if (before !== undefined && now() - before.at < everyMs) {
      before.times += 1;
      return;
    }
    said.set(text, { at: now(), times: 0 });
    say(text, (before?.times ?? 0) + 1, about);
  };
}
