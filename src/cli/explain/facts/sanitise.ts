/** Stage 2: what the path is, and which fields do not go on. */
import type { Path } from '../../../config/problems.ts';
import type { FieldName } from '../../../gate/request/head-shapes.ts';
import type { SanitisedRequest } from '../../../gate/stages.ts';
import { connectionOptions, isHopByHop } from '../../../http/hop-by-hop.ts';
import { type Fact, factsIf, type Told } from './told.ts';

function publicKey({ config, journey }: Told, below: string): Path | null {
  if (journey.passage.sanitised?.place.public !== true) return null;
  const covers = (path: string): boolean => path.endsWith('/**') && below.startsWith(path.slice(0, -'**'.length));
  return ['public', config.public.findIndex(path => path === below || covers(path))];
}

function pathFacts(told: Told, { place, upgrade, body }: SanitisedRequest): Fact[] {
  const reader = place.audience === 'hub' ? 'the hub itself reads it' : "users' code reads it";
  const owner = place.owner === '' ? '' : ` of ${place.owner}`;
  const key = publicKey(told, place.below);
  return [
    { name: 'path class', value: `${place.class}${owner}, ${reader}` },
    ...(key === null ? [] : [{ name: 'public', value: 'no proof is asked', rule: told.placeOf(key) }]),
    ...(upgrade === null ? [] : [{ name: 'upgrade', value: upgrade }]),
    ...(body.kind === 'none' ? [] : [{ name: 'body', value: body.kind }]),
  ];
}

/** Why a field does not go on; in the order in which it is asked. */
function whyTaken({ lower, reserved, asserted, reads }: FieldName, named: ReadonlySet<string>): string {
  if (asserted) return 'set aside';
  if (reserved) return 'reserved';
  if (isHopByHop(lower) || named.has(lower)) return 'hop-by-hop';
  return reads === null ? 'not for the hub' : 'read by the gate';
}

function takenFacts(told: Told, { fields }: SanitisedRequest): Fact[] {
  const { accepted, spoofed = [] } = told.journey.passage;
  const kept = new Set(fields.map(([name]) => name.toLowerCase()));
  const named = new Set(connectionOptions(told.journey.inbound.fields) ?? []);
  const taken = (accepted?.head.fields ?? []).filter(({ name }) => !kept.has(name.lower));
  const because = (why: string): string[] =>
    taken.filter(({ name }) => whyTaken(name, named) === why).map(({ line }) => line[0]);
  return [
    ...factsIf(because('set aside'), value => ({ name: 'set aside for provers', value })),
    ...factsIf(because('reserved'), value => ({ name: 'taken out, reserved', value })),
    ...factsIf(because('hop-by-hop'), value => ({ name: 'taken out, hop-by-hop', value })),
    ...factsIf(because('not for the hub'), value => ({
      name: 'taken out, not for the hub',
      value,
      rule: told.placeOf(['hub', 'extraHeaders']),
    })),
    ...factsIf(spoofed, value => ({ name: 'spoofed', value, rule: told.placeOf(['inject', 'onSpoof']) })),
  ];
}

function queryFacts(told: Told, { path, query }: SanitisedRequest): Fact[] {
  const isSame = told.journey.inbound.target === (query === null ? path : `${path}?${query}`);
  return isSame ? [] : [{ name: 'query', value: 'rewritten, so that the login leads nowhere else and names nobody' }];
}

/** What is told of the path, and of what was taken out. */
export function sanitiseFacts(told: Told): Fact[] {
  const { sanitised } = told.journey.passage;
  if (sanitised === undefined) return [];
  return [...pathFacts(told, sanitised), ...takenFacts(told, sanitised), ...queryFacts(told, sanitised)];
}
