/** What is told of a journey: facts, and the places in the config that made them. */
import type { Config } from '../../../config/config.ts';
import { formatPath, type Path } from '../../../config/problems.ts';
import type { KeyStatus } from '../../../identity/keys/key-sources.ts';
import type { Journey } from '../journey.ts';

/** Part of the config: its key, and where it is written; null: nowhere, so that the default holds. */
export interface RulePlace {
  readonly key: string;
  readonly at: string | null;
}

/** One thing that a stage found. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly rule?: RulePlace;
}

/** A journey, and what its telling needs besides. */
export interface Told {
  readonly journey: Journey;
  readonly config: Config;
  readonly now: number;
  readonly keys: readonly KeyStatus[];
  readonly placeOf: (key: Path) => RulePlace;
}

/** Gives keys their places. */
export function placesWith(whereIs: (path: Path) => string | null): Told['placeOf'] {
  return key => ({ key: formatPath(key), at: whereIs(key) });
}

const list = (names: Iterable<string>): string => [...new Set(names)].join(', ');

/** One fact of all the names; none where there are none. */
export function factsIf(names: readonly string[], fact: (text: string) => Fact): Fact[] {
  return names.length === 0 ? [] : [fact(list(names))];
}
