/** Stage 5: what lets the user in. */
import type { Identity } from '../../../gate/proof.ts';
import { valuesOf } from '../../../http/field.ts';
import { lookupFacts } from './looked-up.ts';
import { type Fact, factsIf, type Told } from './told.ts';

/** What lets the user in: a list that names them, or that there is none. */
function allowedFact({ user, groups }: Identity, { config, placeOf }: Told): Fact {
  const { allow } = config.user;
  const name = 'allowed';
  if (allow.users.length + allow.groups.length === 0)
    return { name, value: 'everyone who is proved', rule: placeOf(['user', 'allow']) };
  const at = allow.users.indexOf(user);
  if (at !== -1) return { name, value: 'by name', rule: placeOf(['user', 'allow', 'users', at]) };
  const group = allow.groups.findIndex(each => groups.includes(each));
  return { name, value: 'by group', rule: placeOf(['user', 'allow', 'groups', group]) };
}

/** What is told of the lists, the origin and hub tokens. */
export function authoriseFacts(told: Told): Fact[] {
  const { mapped, identified, stopped, sanitised } = told.journey.passage;
  const passed = stopped === undefined || stopped.stage === 'inject';
  const origin = sanitised?.upgrade === 'websocket' ? valuesOf(sanitised.fields, 'origin') : [];
  return [
    ...(passed && mapped?.identity !== undefined ? [allowedFact(mapped.identity, told)] : []),
    ...factsIf(origin, value => ({ name: 'origin', value, rule: told.placeOf(['webSocket', 'origins']) })),
    ...lookupFacts(told, 'hub-token-owner'),
    ...lookupFacts(told, 'minted-token'),
    ...lookupFacts(told, 'body'),
    ...(identified?.hubToken.use === 'beside' ? [{ name: 'hub token', value: 'goes up beside the proof' }] : []),
  ];
}
