/** What happens to the gate itself, said to its operator. */

import { visibleText } from '../http/visible-text.ts';
import type { EventLogger } from './pino.ts';

/** Facts beside an event's message; never a secret, nor anything of a request but its id. */
export type EventFacts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Says one event; never throws or blocks. */
export type Say = (message: string, facts?: EventFacts) => void;

/** Events by how loud they are. */
export interface Events {
  readonly debug: Say;
  readonly info: Say;
  readonly warn: Say;
  readonly error: Say;
}

const longestText = 2000;

/** Speaks through the logger, in nothing but visible text. */
export function speaker(logger: EventLogger): Events {
  const at =
    (level: keyof Events): Say =>
    (message, facts = {}) =>
      logger[level](visibleFacts(facts), visibleText(message, longestText));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function visibleFacts(facts: EventFacts): EventFacts {
  const visible = (value: EventFacts[string]): EventFacts[string] => {
    if (typeof value === 'string') return visibleText(value, longestText);
    return typeof value === 'object' ? value.map(text => visibleText(text, longestText)) : value;
  };
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, visible(value)]));
}
