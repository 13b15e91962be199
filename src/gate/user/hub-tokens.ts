/** The hub's own tokens beside a proof, wherever a server reads them: each must be the proved user's (design 4.7, S3). */
import { parseAuthorization } from '../../http/authorization.ts';
import { listElements, valuesOf } from '../../http/field.ts';
import { queryParameters } from '../../http/query.ts';
import type { Lookup, OwnerLookup } from '../lookups.ts';
import { findingOf, type Look } from '../policy.ts';
import type { HubToken, Identity } from '../proof.ts';
import { type Refusal, refuse } from '../reasons.ts';
import type { SanitisedRequest } from '../stages.ts';

/** jupyter-server reads a token out of a subprotocol of this name. */
const tokenProtocol = 'v1.token.websocket.jupyter.org.';

/** What Tornado strips off an argument: Python's white space, which is more than JavaScript's. */
const pythonSpace = /[\s\x00-\x20\x7f-\xa0\u180e]/;

/** A pattern for both ends would begin anew at each space in the middle. */
function stripped(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && pythonSpace.test(text[start] ?? '')) start += 1;
  while (end > start && pythonSpace.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(start, end);
}

/** A query without the word, and without an encoding that could hide it, has no such parameter. */
const mayNameToken = /token|%/;

/** Tokens in the query as a server reads them; applications use the name for tokens of their own as well. */
function tokensInQuery(query: string | null): string[] {
  if (query === null || !mayNameToken.test(query)) return [];
  return queryParameters(query)
    .filter(({ name }) => stripped(name) === 'token')
    .map(({ value }) => stripped(value))
    .filter(value => value !== '');
}

function tokensInProtocol(request: SanitisedRequest): string[] {
  return listElements(valuesOf(request.fields, 'sec-websocket-protocol'))
    .filter(protocol => protocol.startsWith(tokenProtocol))
    .map(protocol => protocol.slice(tokenProtocol.length));
}

/** More than one place or two is somebody trying out tokens, at the hub's cost. */
const mostAside = 2;
const visibleAscii = /^[\x21-\x7e]+$/;

function asideFault(tokens: readonly string[]): Refusal | null {
  if (tokens.length > mostAside)
    return refuse('request-ambiguous', `more than ${mostAside} tokens in query and subprotocol`);
  // The hub could not be asked about it in a field, and a server may read it as another token.
  return tokens.every(token => visibleAscii.test(token))
    ? null
    : refuse('request-ambiguous', 'a token that is not visible ASCII');
}

/** Whose a token is: this user's, nobody's that the hub knows, or a reason to stop. */
function ownerOf(token: string, identity: Identity, look: Look): 'own' | 'unknown' | Refusal | Lookup {
  const lookup: OwnerLookup = { kind: 'lookup', key: `hub-token-owner:${token}`, what: 'hub-token-owner', token };
  const finding = findingOf(look, lookup);
  if (finding === undefined) return lookup;
  if ('reason' in finding) return finding;
  if (finding.hubUser === undefined) return 'unknown';
  return finding.hubUser === identity.hubUser
    ? 'own'
    : refuse('credentials-disagree', "the hub token is another user's");
}

/** Whether the request names hub tokens where no proof was asked for. */
export function speaksTokenAside(request: SanitisedRequest): boolean {
  return (
    request.place.audience === 'users' && tokensInQuery(request.query).length + tokensInProtocol(request).length > 0
  );
}

/** A token that proved the user is the gate's to read and nobody else's, wherever the client repeats it (M6). */
function repeatsProof(tokens: readonly string[], { authorization }: SanitisedRequest, identity: Identity): boolean {
  if (tokens.length === 0 || identity.credential !== 'bearer') return false;
  if (identity.token !== undefined && tokens.includes(identity.token)) return true;
  return authorization !== undefined && tokens.includes(parseAuthorization(authorization)?.credentials ?? '');
}

/**
 * What may go up of the tokens beside a proof. A token that the hub does not know is taken out of Authorization, and left
 * where it is an application's own; another user's is refused.
 */
export function settleHubTokens(
  request: SanitisedRequest,
  identity: Identity,
  hubToken: HubToken,
  look: Look,
): HubToken | Refusal | Lookup {
  if (request.place.audience === 'hub') return hubToken;
  const aside = [...new Set([...tokensInQuery(request.query), ...tokensInProtocol(request)])];
  const fault = asideFault(aside);
  if (fault !== null) return fault;
  if (repeatsProof(aside, request, identity))
    return refuse('request-ambiguous', 'the token that proves the user stands in the query or subprotocol as well');
  for (const token of aside) {
    const owner = ownerOf(token, identity, look);
    if (typeof owner !== 'string') return owner;
  }
  if (hubToken.use === 'none') return hubToken;
  const token = parseAuthorization(hubToken.authorization)?.credentials ?? '';
  const owner = ownerOf(token, identity, look);
  if (typeof owner !== 'string') return owner;
  return owner === 'own' ? hubToken : { use: 'none' };
}
