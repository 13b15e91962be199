/** How a body may go up: not at all, streamed, or measured first, because the hub's own proxy smuggles some (P14). */
import { valuesOf } from '../../http/field.ts';
import type { Policy } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import type { OutboundRequest, SanitisedRequest } from '../stages.ts';
import { isLoginLike } from './login-query.ts';

/** Bodies up to this size are measured where a stream can not be sent safely (P14). */
export const measuredBodyBytes: number = 64 * 1024;

/** Methods whose body the hub's own proxy smuggles when it comes without an exact length (P14). */
export const measuredMethods: ReadonlySet<string> = new Set(['DELETE', 'OPTIONS', 'GET', 'HEAD']);

const form = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)/i;

/**
 * Tornado merges a form in the body into the query whatever the method, and the last value wins: `next=` would come in by
 * the back door (jhubauthenticators reads it in `prepare`). A form is posted, which the hub's XSRF check guards.
 */
function readsFormOnLogin({ method, place, fields }: SanitisedRequest, policy: Policy): boolean {
  if (method === 'POST') return false;
  if (!valuesOf(fields, 'content-type').some(type => form.test(type))) return false;
  return isLoginLike(place) || policy.injections.some(({ paths }) => paths !== 'everywhere' && paths.has(place.below));
}

/** What becomes of the body on its way to the hub. */
export function bodyPlan(request: SanitisedRequest, policy: Policy): OutboundRequest['body'] | Refusal {
  const { body, method } = request;
  if (body.kind === 'none') return 'none';
  if (readsFormOnLogin(request, policy))
    return refuse('request-ambiguous', 'a form in the body of a login that is no POST');
  if (!measuredMethods.has(method)) return 'stream';
  if (body.kind === 'length' && body.bytes > measuredBodyBytes)
    return refuse('body-too-large', 'a large body on this method');
  return 'measure';
}
