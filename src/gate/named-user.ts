/**
 * The end of stage 5 where the hub's authenticator believes bodies: who is named in one must be who is proved (attack S7). The body
 * is read whole before the gate decides, and goes up as those same bytes.
 */

import { valuesOf } from '../http/field.ts';
import { type QueryParameter, queryParameters } from '../http/query.ts';
import { normalisePath } from '../http/target.ts';
import { utf8TextOf } from '../http/utf8.ts';
import type { BodyLookup } from './lookups.ts';
import type { Place } from './place.ts';
import { findingOf, type Look, type Policy } from './policy.ts';
import type { Identity } from './proof.ts';
import { type Refusal, refuse } from './reasons.ts';
import { isLoginLike, nextNames } from './request/login-query.ts';
import { safeNext } from './request/user-hosts.ts';
import type { IdentifiedRequest, SanitisedRequest } from './stages.ts';

/** A login form, or a request for a token, is a few hundred bytes. */
const mostBytes = 8 * 1024;

type Verdict = Refusal | null;

type Check = (bytes: Uint8Array, identified: IdentifiedRequest, policy: Policy) => Verdict;

/** Browsers write nothing else; what some parser takes for the end of a field, or for none, is not among it. */
const formBytes = /^(?:[\w*.+=&-]|%[0-9A-Fa-f]{2})*$/;
const formType = /^application\/x-www-form-urlencoded(?:; *charset="?(?:utf-8|UTF-8)"?)?$/;

function formFault({ fields }: SanitisedRequest, text: string): string | null {
  const types = valuesOf(fields, 'content-type');
  if (types.length !== 1 || !formType.test(types[0] ?? '')) return 'a login form that is not urlencoded in UTF-8';
  if (valuesOf(fields, 'content-encoding').length > 0) return 'a login form in a content coding';
  return formBytes.test(text) ? null : 'a login form that is not in its plain form';
}

/** The hub takes white space off the name's ends and lower-cases it; another spelling of the proved name is no other user. */
function namesUser(written: string, { user, hubUser }: Identity, { user: { hubName } }: Policy): boolean {
  return written === user || (/^[\x21-\x7e]+$/.test(written) && hubName(written).name === hubUser);
}

/** Tornado merges the form into the query, and the last `next` wins. */
function leadsAstray(parameters: readonly QueryParameter[], policy: Policy): boolean {
  const nexts = parameters.filter(({ name }) => nextNames.has(name));
  return nexts.length > 1 || nexts.some(({ value }) => value !== '' && safeNext(value, policy) !== value);
}

function checkForm(bytes: Uint8Array, { request, identity }: IdentifiedRequest, policy: Policy): Verdict {
  const text = Buffer.from(bytes).toString('latin1');
  const fault = formFault(request, text);
  if (fault !== null) return refuse('request-ambiguous', fault);
  const parameters = queryParameters(text, '&');
  if (leadsAstray(parameters, policy))
    return refuse('request-ambiguous', 'a next in the login form that leads elsewhere');
  const [named, ...more] = parameters.filter(({ name }) => name === 'username');
  if (named === undefined || more.length > 0 || identity === undefined)
    return refuse('user-mismatch', 'the login form does not name one user');
  return namesUser(named.value, identity, policy) ? null : refuse('user-mismatch', 'the login form names another user');
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8TextOf(bytes) ?? '');
  } catch {
    return undefined;
  }
}

/** What stands under `auth` is the plugin's to read: nobody needs it who has logged in, so that no word of it is let through. */
function checkTokenRequest(bytes: Uint8Array): Verdict {
  if (bytes.length === 0) return null;
  const body = readJson(bytes);
  if (typeof body !== 'object' || body === null)
    return refuse('request-ambiguous', 'a request for a token whose body is no JSON object');
  return Object.hasOwn(body, 'auth') ? refuse('user-mismatch', 'a request for a token that names its user') : null;
}

const tokenRequests = /^\/hub\/api\/users\/[^/]+\/tokens\/*$/;

function isTokenRequest({ below }: Place): boolean {
  return tokenRequests.test(below) || tokenRequests.test(normalisePath(below));
}

function checkOf({ method, place }: SanitisedRequest, { namedInBodies }: Policy): Check | null {
  if (method !== 'POST' || place.audience !== 'hub') return null;
  if (namedInBodies.loginForm && isLoginLike(place)) return checkForm;
  return namedInBodies.tokenRequest && isTokenRequest(place) ? checkTokenRequest : null;
}

/** One for every request: it has one body. */
export const bodyLookup: BodyLookup = { kind: 'lookup', key: 'body', what: 'body', maxBytes: mostBytes };
const noBytes = new Uint8Array();

function bytesOf({ body }: SanitisedRequest, look: Look): Uint8Array | Refusal | BodyLookup {
  if (body.kind === 'none' || (body.kind === 'length' && body.bytes === 0)) return noBytes;
  if (body.kind === 'length' && body.bytes > mostBytes) return refuse('body-too-large', 'a login that is over 8 KiB');
  const finding = findingOf(look, bodyLookup);
  if (finding === undefined) return bodyLookup;
  return 'reason' in finding ? finding : finding.bytes;
}

/** Null when no body speaks of the user, or it speaks of the proved one. */
export function checkNamedUser(identified: IdentifiedRequest, policy: Policy, look: Look): Refusal | BodyLookup | null {
  const check = checkOf(identified.request, policy);
  if (check === null) return null;
  const bytes = bytesOf(identified.request, look);
  return 'kind' in bytes ? bytes : check(bytes, identified, policy);
}
