/** What the `user:` rules made of a proved name, and which of them. */
import type { Path } from '../../config/problems.ts';
import { lowered } from '../../gate/map-identity.ts';
import type { UserRules } from '../../gate/policy.ts';

/** A name before and after one rule. */
export interface NameChange {
  readonly from: string;
  readonly to: string;
  readonly key: Path;
}

/** The steps that changed the name, in their order. `raw` is the proved name in the form in which rules see it. */
export function nameChanges(proved: string, raw: string, user: string, rules: UserRules): NameChange[] {
  const low = lowered(raw, rules);
  const mapped = rules.map.get(low) === undefined ? raw : low;
  const steps: readonly NameChange[] = [
    { from: proved, to: raw, key: ['user', 'unicode'] },
    { from: raw, to: low, key: ['user', 'lowercase'] },
    { from: low, to: user, key: ['user', 'map', mapped] },
  ];
  return steps.filter(({ from, to }) => from !== to);
}
