/** The news that an exchange can not go on: told once, also to a door that begins to listen later. */
import type { Breakage, Inbound } from './exchange.ts';

/** Both ends of the news. */
export interface BreakageNews {
  readonly onBroken: Inbound['onBroken'];
  /** Only the first one counts. */
  tell(breakage: Breakage): void;
}

/** No news yet. */
export function breakageNews(): BreakageNews {
  let listener: ((breakage: Breakage) => void) | undefined;
  let breakage: Breakage | undefined;
  return {
    onBroken(wanted) {
      listener = wanted;
      if (breakage !== undefined) wanted(breakage);
    },
    tell(news) {
      if (breakage !== undefined) return;
      breakage = news;
      listener?.(news);
    },
  };
}
