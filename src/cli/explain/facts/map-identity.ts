/** Stage 4: from the name as proved to the hub's. */
import { nameChanges } from '../name-changes.ts';
import { type Fact, factsIf, type Told } from './told.ts';

/** What is told of the name, and of what the rules made of it. */
export function mapFacts(told: Told): Fact[] {
  const { authenticated, mapped } = told.journey.passage;
  const proofs = authenticated?.proofs ?? [];
  const identity = mapped?.identity;
  const proved = factsIf(
    proofs.map(({ username }) => username),
    value => ({ name: 'name as proved', value }),
  );
  if (identity === undefined) return proved;
  const changes = proofs.flatMap(({ username }, at) =>
    nameChanges(username, identity.rawNames[at] ?? username, identity.user, told.journey.policy.user),
  );
  return [
    ...proved,
    ...changes.map(({ from, to, key }) => ({ name: 'changed', value: `${from} → ${to}`, rule: told.placeOf(key) })),
    { name: 'user', value: identity.user },
    { name: "hub's name", value: identity.hubUser, rule: told.placeOf(['hub', 'authenticator']) },
  ];
}
