/** The closed table of reasons: why a request was refused, with which status, and what its reader should fix. */

/** How loudly the audit trail speaks of a refusal. */
export type ReasonLevel = 'info' | 'warn' | 'error';

/** One row of the table; `help` is one line for the person in trouble, without anything the request said. */
export interface Reason {
  readonly status: number;
  readonly level: ReasonLevel;
  readonly help: string;
  /**
   * The `error` parameter of the challenge (RFC 6750 §3.1, RFC 9449 §7.1); '' is a Bearer challenge without one. Absent: no
   * challenge.
   */
  readonly challenge?: '' | 'invalid_token' | 'invalid_request' | 'invalid_dpop_proof';
  /** Whether DPoP is offered beside Bearer. */
  readonly offersDpop?: true;
  /** Whether the connection is closed after the answer, because its framing can not be believed any more. */
  readonly closes?: true;
  /** Seconds for Retry-After (RFC 9110 §10.2.3). */
  readonly retryAfter?: number;
}

/** Stable identifier of a reason, for operators, logs and problem+json. */
export type ReasonId =
  | 'peer-untrusted'
  | 'proxy-header-invalid'
  | 'request-ambiguous'
  | 'header-spoofed'
  | 'method-refused'
  | 'upgrade-unsupported'
  | 'host-unknown'
  | 'origin-refused'
  | 'prefetch-refused'
  | 'path-reserved'
  | 'path-unknown'
  | 'endpoint-refused'
  | 'headers-too-large'
  | 'target-too-long'
  | 'body-too-large'
  | 'length-required'
  | 'credential-missing'
  | 'credentials-disagree'
  | 'hub-token-refused'
  | 'token-malformed'
  | 'token-algorithm'
  | 'token-issuer'
  | 'token-key-unknown'
  | 'token-key-awaited'
  | 'token-signature'
  | 'token-expired'
  | 'token-not-yet-valid'
  | 'token-audience'
  | 'token-type'
  | 'token-bound'
  | 'dpop-invalid'
  | 'dpop-replayed'
  | 'dpop-too-many'
  | 'token-revoked'
  | 'token-replayed'
  | 'handoff-refused'
  | 'handoff-too-many'
  | 'code-invalid'
  | 'session-too-large'
  | 'session-expired'
  | 'session-awaited'
  | 'sign-in-loop'
  | 'assertion-expired'
  | 'assertion-ambiguous'
  | 'assertion-unproved'
  | 'keys-unavailable'
  | 'introspection-unavailable'
  | 'claim-invalid'
  | 'user-invalid'
  | 'user-ambiguous'
  | 'user-mismatch'
  | 'not-allowed'
  | 'hub-user-unknown'
  | 'exchange-failed'
  | 'data-unavailable'
  | 'data-invalid'
  | 'delivery-failed'
  | 'too-many-connections'
  | 'too-many-from-address'
  | 'too-many-requests'
  | 'too-many-websockets'
  | 'websocket-unanswered'
  | 'logged-out'
  | 'request-timeout'
  | 'hub-unreachable'
  | 'hub-answer-invalid'
  | 'hub-timeout'
  | 'internal-error';

/** The table, by id. */
export const reasons: Readonly<Record<ReasonId, Reason>> = {
  'peer-untrusted': {
    status: 403,
    level: 'warn',
    help: 'The address that connected is not in trust.proxies. Connect through the ingress, or add its address.',
  },
  'proxy-header-invalid': {
    status: 400,
    level: 'warn',
    closes: true,
    help: 'This listener takes connections that begin with a PROXY protocol header (listen[].proxyProtocol). None came, or a broken one.',
  },
  'request-ambiguous': {
    status: 400,
    level: 'warn',
    closes: true,
    help: 'The request can be read in more than one way, so it was not forwarded. Send it in its plain form.',
  },
  'header-spoofed': {
    status: 400,
    level: 'warn',
    closes: true,
    help: 'The request carries a header that only the gateway may write. Remove it.',
  },
  'method-refused': {
    status: 405,
    level: 'warn',
    closes: true,
    help: 'CONNECT and TRACE are not served here.',
  },
  'upgrade-unsupported': {
    status: 501,
    level: 'warn',
    closes: true,
    help: 'The only protocol switch served here is a WebSocket handshake: GET, HTTP/1.1, version 13.',
  },
  'host-unknown': {
    status: 421,
    level: 'warn',
    help: 'The Host is not publicUrl and not in publicAliases. Use the public address; a proxy in front must pass the Host on that it was sent (nginx: proxy_set_header Host $http_host); or add the alias.',
  },
  'prefetch-refused': {
    status: 403,
    level: 'info',
    help: 'A browser loaded a login or a logout ahead, before its user asked for it. It does so again once the user does.',
  },
  'origin-refused': {
    status: 403,
    level: 'warn',
    help: 'A page of another origin tried to open a WebSocket, to log the user out, or to change something: with a proof that is a cookie, or on a hub that does not refuse it by itself (docs/workarounds.md). Add its origin to webSocket.origins if the WebSocket is meant, to session.handoff.origins if it is the site that hands users over and a logout is.',
  },
  'path-reserved': {
    status: 404,
    level: 'info',
    help: "Paths below hubgate/ are the gateway's own and are never forwarded.",
  },
  'path-unknown': {
    status: 404,
    level: 'info',
    help: 'A host of userHosts has the paths of servers and services, and no others: the hub is at publicUrl.',
  },
  'endpoint-refused': {
    status: 403,
    level: 'warn',
    help: 'This endpoint of the hub is spoken to by the gateway only.',
  },
  'headers-too-large': {
    status: 431,
    level: 'warn',
    closes: true,
    help: 'The head of the request is larger than limits or hub.headerBudget allow. Clear cookies of this site, or raise the limit.',
  },
  'target-too-long': {
    status: 414,
    level: 'warn',
    closes: true,
    help: 'The request target is longer than limits.targetBytes.',
  },
  'body-too-large': {
    status: 413,
    level: 'warn',
    closes: true,
    help: 'The body is larger than limits.bodyBytes, or than what this method or a login may carry.',
  },
  'length-required': {
    status: 411,
    level: 'warn',
    closes: true,
    help: 'A body on this method, or for a login, needs a Content-Length.',
  },
  'credential-missing': {
    status: 401,
    level: 'info',
    challenge: '',
    help: 'No proof of identity came with the request where the gate looks for one. Send a bearer token, come through the sign-in proxy, or be handed over by the primary site (session.loginUrl leads browsers there).',
  },
  'credentials-disagree': {
    status: 400,
    level: 'warn',
    closes: true,
    help: 'The request carries proofs of different users, or different tokens. Send one.',
  },
  'hub-token-refused': {
    status: 401,
    level: 'info',
    challenge: '',
    help: "The token is no bearer JWT, and no introspection endpoint knows it as active, so it counts as one of the hub's own, and these are not accepted alone (hub.apiTokens: refuse).",
  },
  'token-malformed': {
    status: 401,
    level: 'info',
    challenge: 'invalid_token',
    help: 'The bearer token is not a well-formed signed JWT. Get a new one from the issuer.',
  },
  'token-algorithm': {
    status: 401,
    level: 'warn',
    challenge: 'invalid_token',
    help: "The token's algorithm or header parameters are not allowed for its issuer (jwt[].algorithms).",
  },
  'token-issuer': {
    status: 401,
    level: 'info',
    challenge: 'invalid_token',
    help: "No configured issuer has exactly the token's iss and takes tokens where this one stood (jwt[].carriers).",
  },
  'token-key-unknown': {
    status: 401,
    level: 'warn',
    challenge: 'invalid_token',
    help: "None of the issuer's keys fits the token. Get a new one from the issuer.",
  },
  'token-key-awaited': {
    status: 429,
    level: 'warn',
    retryAfter: 30,
    help: 'None of the keys that are held fits the token, and its issuer can not be asked for others yet: it was a moment ago, for another token, or did not answer. If it rotated its keys, the token is taken once they are here. Try again in half a minute.',
  },
  'token-signature': {
    status: 401,
    level: 'warn',
    challenge: 'invalid_token',
    help: "The token's signature does not hold under the issuer's key.",
  },
  'token-expired': {
    status: 401,
    level: 'info',
    challenge: 'invalid_token',
    help: 'The token has expired. Get a new one from the issuer.',
  },
  'token-not-yet-valid': {
    status: 401,
    level: 'info',
    challenge: 'invalid_token',
    help: 'The token is not valid yet. Compare the clocks of issuer and gateway.',
  },
  'token-audience': {
    status: 401,
    level: 'info',
    challenge: 'invalid_token',
    help: 'The token was made for another audience than the issuer.audiences of its entry in jwt or introspection.',
  },
  'token-type': {
    status: 401,
    level: 'info',
    challenge: 'invalid_token',
    help: 'The token is not of the type that its entry in jwt or introspection asks for (type), or is one that only its issuer reads.',
  },
  'token-bound': {
    status: 401,
    level: 'warn',
    challenge: 'invalid_token',
    offersDpop: true,
    help: 'The token is bound to a key of its holder (cnf) that the request does not show: x5t#S256 needs that client certificate on this very connection, jkt the DPoP scheme and a DPoP proof. The DPoP scheme needs a token with jkt.',
  },
  'dpop-invalid': {
    status: 401,
    level: 'warn',
    challenge: 'invalid_dpop_proof',
    offersDpop: true,
    help: "The DPoP proof is absent, not well-formed, or made for another request, token or key. Make a new one for every request, for the URL below publicUrl (or of the user's host); compare the clocks of client and gateway.",
  },
  'dpop-replayed': {
    status: 401,
    level: 'warn',
    challenge: 'invalid_dpop_proof',
    offersDpop: true,
    help: 'The DPoP proof was shown before. Make a new one, with a new jti, for every request.',
  },
  'dpop-too-many': {
    status: 429,
    level: 'warn',
    retryAfter: 30,
    help: 'The user has shown so many DPoP proofs of late that no more can be remembered. Wait, or use fewer requests.',
  },
  'token-revoked': {
    status: 401,
    level: 'warn',
    challenge: 'invalid_token',
    help: 'The token, or its subject, is on the list of revoked ones (revocation.file); or, where it had opened a WebSocket, its introspection endpoint says that it is not active any more. Get a new one from the issuer.',
  },
  'token-replayed': {
    status: 401,
    level: 'warn',
    challenge: 'invalid_token',
    help: 'The token (its jti) has handed its user over before. Go back to the primary site, which has to get a new one for every hand-off.',
  },
  'handoff-refused': {
    status: 403,
    level: 'warn',
    help: 'A user is handed over by a form of a site in session.handoff.origins, or by a one-time code that its server asks for: with the token in Authorization, and without Origin, Sec-Fetch-Site and cookies.',
  },
  'handoff-too-many': {
    status: 429,
    level: 'warn',
    retryAfter: 30,
    help: 'The user was handed over so often of late that no more can be remembered. Wait.',
  },
  'code-invalid': {
    status: 403,
    level: 'warn',
    help: 'The one-time code is unknown, used or older than 30 seconds, or this browser did not begin the sign-in at hubgate/start. Begin again.',
  },
  'session-too-large': {
    status: 413,
    level: 'error',
    help: 'What rules, mappings and injections look at in the token (most likely its groups) does not fit into a cookie of 3 KiB. Let the issuer put less into it, or name fewer claims.',
  },
  'session-expired': {
    status: 401,
    level: 'info',
    challenge: '',
    help: 'The session of this browser has ended, so the WebSocket was closed. Load the page again to sign in.',
  },
  'session-awaited': {
    status: 503,
    level: 'info',
    retryAfter: 10,
    help: 'The session of this browser has ended, and JupyterLab looks for its kernel, which runs on. Sign in again, in another tab if you like: the page asks again by itself.',
  },
  'sign-in-loop': {
    status: 401,
    level: 'warn',
    challenge: '',
    help: 'The browser was sent to session.loginUrl three times within a minute, and came back without a session each time. Mend what is named here, and try again in a minute.',
  },
  'assertion-expired': {
    status: 401,
    level: 'info',
    challenge: '',
    help: 'The sign-in proxy has not asserted the user for as long as sso[].maxAge, so the WebSocket was closed. Load the page again.',
  },
  'assertion-ambiguous': {
    status: 401,
    level: 'warn',
    challenge: '',
    help: 'The sign-in proxy asserted the user more than once or unreadably. Let it replace the headers, not append.',
  },
  'assertion-unproved': {
    status: 403,
    level: 'warn',
    help: 'The user was asserted without the second factor that sso[].require asks for. Let the sign-in proxy send its secret or show its certificate.',
  },
  'keys-unavailable': {
    status: 503,
    level: 'error',
    retryAfter: 30,
    help: "The issuer's keys could not be had yet. Look at admin's /readyz or the log for which issuer, and check jwt[].keys.",
  },
  'introspection-unavailable': {
    status: 503,
    level: 'error',
    retryAfter: 5,
    help: 'The introspection endpoint could not be asked about the token, or gave no answer that counts; a WebSocket that such a token has opened is closed when there has been none for too long. Look at the log for why.',
  },
  'claim-invalid': {
    status: 403,
    level: 'warn',
    help: 'A claim that names the user is absent or of the wrong type, or a claim rule does not hold.',
  },
  'user-invalid': {
    status: 403,
    level: 'warn',
    help: 'The user name does not fit user.pattern or user.unicode, or is reserved.',
  },
  'user-ambiguous': {
    status: 403,
    level: 'warn',
    help: 'The user name could be that of another user of the hub, or be taken for it. Settle it in user.map.',
  },
  'user-mismatch': {
    status: 403,
    level: 'warn',
    help: 'The body names another user to the hub than the one who is proved. Log in under your own name.',
  },
  'not-allowed': { status: 403, level: 'info', help: 'The user is proved, but not allowed here.' },
  'hub-user-unknown': {
    status: 403,
    level: 'info',
    help: 'The hub does not know this user yet, so there is no token of the hub for the proof. Log in with a browser once, or let the gate make users (exchange.createUsers).',
  },
  'exchange-failed': {
    status: 502,
    level: 'error',
    help: "The hub gave no token for the proof. The service whose token is in hub.tokenFile needs the hub's scopes tokens and read:users (admin:users with exchange.createUsers).",
  },
  'data-unavailable': {
    status: 503,
    level: 'error',
    retryAfter: 5,
    help: 'What the hub must be told about this user (mount or data) could not be had, or has expired. Look at the log for why, and at the file or provider in inject.',
  },
  'data-invalid': {
    status: 403,
    level: 'error',
    help: 'What the hub must be told about this user (mount or data) is not there, or not of the form it needs. Look at the claim, file or provider in inject.',
  },
  'delivery-failed': {
    status: 502,
    level: 'error',
    help: "The hub did not take the user's mount or data (POST /hub/mount or /hub/data), so nobody was logged in and no server was started. Its log says why; on JupyterHub 1.0 and later /hub/mount needs the adaptation in the hub's configuration.",
  },
  'too-many-connections': {
    status: 503,
    level: 'warn',
    closes: true,
    retryAfter: 5,
    help: 'limits.connections is reached.',
  },
  'too-many-from-address': {
    status: 429,
    level: 'warn',
    closes: true,
    retryAfter: 5,
    help: 'Of the address that the connection comes from (behind a proxy without PROXY headers, the proxy itself) there are as many as limits.connectionsPerAddress allows. Close some, or raise the limit.',
  },
  'too-many-requests': {
    status: 429,
    level: 'warn',
    retryAfter: 1,
    help: 'The user has as many requests under way as limits.requestsPerUser allows, or, where that is 0, half of all that can be under way. Wait until one of them has ended.',
  },
  'too-many-websockets': {
    status: 429,
    level: 'warn',
    retryAfter: 30,
    help: 'The user has as many WebSockets open as limits.webSocketsPerUser allows. Close notebooks or terminals that nobody needs.',
  },
  'logged-out': {
    status: 401,
    level: 'info',
    challenge: '',
    help: 'The user logged out, or another user took over in the same browser, so the WebSocket was closed. Log in again.',
  },
  'websocket-unanswered': {
    status: 408,
    level: 'info',
    help: 'The WebSocket was closed: nothing came from its client for several times webSocket.pingInterval, no answer to a ping either.',
  },
  'request-timeout': {
    status: 408,
    level: 'info',
    closes: true,
    help: 'The request did not arrive in time: its head within limits.headerTimeout, its body without standing still for limits.bodyStallTimeout, and the client must take the answer.',
  },
  'hub-unreachable': {
    status: 502,
    level: 'error',
    help: 'The hub can not be reached or broke off its answer. Is it running at hub.url?',
  },
  'hub-answer-invalid': {
    status: 502,
    level: 'error',
    help: 'The hub gave an answer that can not be relayed safely.',
  },
  'hub-timeout': {
    status: 504,
    level: 'error',
    help: 'The hub did not answer within limits.hubResponseTimeout.',
  },
  'internal-error': {
    status: 500,
    level: 'error',
    closes: true,
    help: 'The gateway failed in a way that it did not foresee. Report it with the request id.',
  },
};

/**
 * A refusal as a value: the reason, and a detail that names which rule or field fired. Of the request it holds a field's name
 * or the Host at most, never a credential, a cookie, a query or a claim.
 */
export interface Refusal {
  readonly kind: 'refuse';
  readonly reason: ReasonId;
  readonly detail: string;
  /** What only the operator is told, in the audit line: which part of the config fired. */
  readonly inAudit?: string;
}

/** Where the docs speak of a reason, below the root of the checkout. */
export function docsAnchor(id: ReasonId): string {
  return `docs/reasons.md#${id}`;
}

/** Tells a refusal from what a step gives otherwise. */
export function isRefusal(outcome: object): outcome is Refusal {
  return 'reason' in outcome;
}

/** Makes a refusal. `detail` goes into the audit line and the answer, so it must hold nothing secret. */
export function refuse(reason: ReasonId, detail = ''): Refusal {
  return { kind: 'refuse', reason, detail };
}

/** Makes a refusal that tells the operator more than the client. */
export function refuseWithAudit(reason: ReasonId, inAudit: string): Refusal {
  return { ...refuse(reason), inAudit };
}
