/** Stands for `recent-texts.ts` while fuzzing: nothing is remembered, so each input takes its whole way and costs what it costs. */
import { ownText } from '../../src/http/recent-texts.ts';

export { ownText, RecentTexts } from '../../src/http/recent-texts.ts';

/** Asks `make` each time. */
export function remembering<Value>(make: (text: string) => Value): (text: string) => Value {
  return text => make(ownText(text));
}
