/** Stage 6: what the gate writes, and what it takes out behind the proof. */
import type { Config } from '../../../config/config.ts';
import type { Path } from '../../../config/problems.ts';
import type { Injection } from '../../../gate/policy.ts';
import { cookiePairs } from '../../../http/cookies.ts';
import { valuesOf } from '../../../http/field.ts';
import type { Journey } from '../journey.ts';
import { lookupFacts } from './looked-up.ts';
import { type Fact, factsIf, type Told } from './told.ts';

function injectionKey({ header, said }: Injection, { inject }: Config): Path {
  if (said !== undefined) return said.split('.');
  if (inject.mount?.header === header) return ['inject', 'mount'];
  if (inject.data.some(data => data.header === header)) return ['inject', 'data', header];
  return inject.user === null ? ['hub', 'authenticator'] : ['inject', 'user'];
}

function writtenFacts({ journey, config, placeOf }: Told): Fact[] {
  const { outbound } = journey.passage;
  if (outbound === undefined) return [];
  const names = new Set(outbound.fields.map(([name]) => name));
  // A header that the hub reads on several paths is an injection for each.
  const injections = new Map(journey.policy.injections.map(injection => [injection.header, injection]));
  const written = [...injections.values()].filter(({ header }) => names.has(header));
  const key: Path = config.inject.user?.paths == null ? ['hub', 'authenticator'] : ['inject', 'user', 'paths'];
  if (written.length === 0)
    return [{ name: 'written', value: 'no identity: nothing reads one here', rule: placeOf(key) }];
  return written.map(injection => ({
    name: 'written',
    value: injection.said ?? injection.header,
    rule: placeOf(injectionKey(injection, config)),
  }));
}

/** What the gate posts itself: where, and the names of what it says. */
function deliveryFacts({ journey, placeOf }: Told): Fact[] {
  const delivery = journey.passage.outbound?.delivery;
  if (delivery === undefined) return [];
  const { when, target, own } = delivery;
  const names = own.map(([header]) => journey.policy.injections.find(one => one.header === header)?.said ?? header);
  const moment = when === 'before' ? 'before this request' : 'once the hub has answered the login';
  const value = `POST ${target} with ${names.join(' and ')}, ${moment}`;
  return [{ name: 'delivered', value, rule: placeOf(['hub', 'deliver']) }];
}

function cookieFacts({ journey }: Told): Fact[] {
  const { outbound, sanitised } = journey.passage;
  if (outbound === undefined || sanitised === undefined) return [];
  const up = cookiePairs(valuesOf(outbound.fields, 'cookie'));
  const texts = new Set(up.map(({ text }) => text));
  const out = sanitised.cookies.filter(({ text }) => !texts.has(text));
  const named = (name: string): string => (name === '' ? '(without a name)' : name);
  return [
    ...factsIf(
      up.map(({ name }) => named(name)),
      value => ({ name: 'cookies that go up', value }),
    ),
    ...factsIf(
      out.map(({ name }) => named(name)),
      value => ({ name: 'cookies taken out', value }),
    ),
  ];
}

function authorizationFacts({ passage }: Journey): Fact[] {
  const { sanitised, outbound } = passage;
  if (outbound === undefined || sanitised?.authorization === undefined) return [];
  const goesUp = valuesOf(outbound.fields, 'authorization').length > 0;
  return goesUp ? [] : [{ name: 'taken out', value: 'Authorization' }];
}

/** What is told of fields and cookies that go up, or do not. */
export function injectFacts(told: Told): Fact[] {
  return [
    ...lookupFacts(told, 'file'),
    ...lookupFacts(told, 'provider'),
    ...lookupFacts(told, 'delivery'),
    ...writtenFacts(told),
    ...deliveryFacts(told),
    ...authorizationFacts(told.journey),
    ...cookieFacts(told),
  ];
}
