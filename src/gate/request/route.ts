/** Where a request goes: its Host is one of ours, and its target leads to one place under every reading. */
import { derived } from '../../http/derived.ts';
import { hostKey } from '../../http/host.ts';
import { remembering } from '../../http/recent-texts.ts';
import { parseTarget } from '../../http/target.ts';
import { classify, type Place } from '../place.ts';
import type { Policy } from '../policy.ts';
import { isRefusal, type Refusal, refuse } from '../reasons.ts';
import type { AcceptedRequest } from '../stages.ts';
import { valuesIn } from './head.ts';
import type { Head } from './head-shapes.ts';
import { checkHubPath } from './hub-path.ts';
import { settledQuery } from './login-query.ts';
import { userHostOf } from './user-hosts.ts';

function hostFault(host: string, policy: Policy): Refusal | null {
  const key = hostKey(host, policy.publicScheme === 'https' ? 443 : 80);
  if (key === null) return refuse('request-ambiguous', 'the Host is not a host with an optional port');
  const isServed = policy.hosts === 'any' || policy.hosts.has(key) || userHostOf(host, policy) !== '';
  return isServed ? null : refuse('host-unknown', `${key} is not served`);
}

const hostFaults = derived((policy: Policy) =>
  remembering(host => hostFault(host, policy), { entries: 256, characters: 16 * 1024 }),
);

function readHost(head: Head, policy: Policy): string | Refusal {
  const [host, ...more] = valuesIn(head, 'host');
  if (host === undefined || more.length > 0) return refuse('request-ambiguous', 'exactly one Host is needed');
  return hostFaults(policy)(host) ?? host;
}

/** The one Host, which this gate serves. */
export function hostOf({ head }: AcceptedRequest, policy: Policy): string | Refusal {
  head.memory.host ??= readHost(head, policy);
  return head.memory.host;
}

/** A target taken apart; on the hub's pages `next` is settled in its query. */
export interface Route {
  readonly path: string;
  readonly query: string | null;
  readonly place: Place;
}

function readRoute(text: string, policy: Policy): Route | Refusal {
  const target = parseTarget(text);
  if (!target.ok) return refuse('request-ambiguous', target.fault);
  const place = classify(target.path, policy.places);
  if (place === null) return refuse('request-ambiguous', 'the path leads to different places once it is decoded');
  const refusal = checkHubPath(target.path, place, policy);
  if (refusal !== null) return refusal;
  const settled = settledQuery(target.query, place, policy);
  return isRefusal(settled) ? settled : { path: target.path, query: settled.query, place };
}

const routes = derived((policy: Policy) =>
  remembering(target => readRoute(target, policy), { entries: 4096, characters: 1024 * 1024 }),
);

/** The way that a target names, or why it is none. */
export function routeOf({ target }: AcceptedRequest, policy: Policy): Route | Refusal {
  return target.length > policy.limits.targetBytes ? refuse('target-too-long') : routes(policy)(target);
}
