/** The policy: the config compiled, so that nothing but the request is left to look at. */
import type { NamePattern } from '../config/pattern.ts';
import type { AddressSet } from '../http/address.ts';
import type { CookiePair } from '../http/cookies.ts';
import type { CookieRules } from './hub/cookie-rules.ts';
import type { Finding, Findings, Lookup, SignatureLookup } from './lookups.ts';
import type { PlaceRules } from './place.ts';
import type { Identity, Proof, Session } from './proof.ts';
import type { Refusal } from './reasons.ts';
import type { ReservedNames } from './request/reserved.ts';
import type { Peer, SanitisedRequest } from './stages.ts';

/** Stage 1: who may talk, and where the client address stands. */
export interface TrustRules {
  readonly proxies: AddressSet;
  readonly others: 'refuse' | 'bearerOnly';
  readonly clientAddress: 'X-Forwarded-For' | 'Forwarded' | 'peer';
  readonly unixPeers: boolean;
  /** Those of the proxies that assert users. */
  readonly signInProxies: AddressSet;
}

/** Bounds on a request's head and body, and on what a user has under way; bytes and counts. 0 for `bodyBytes` and the last two: no bound. */
export interface RequestLimits {
  readonly headerBytes: number;
  readonly headers: number;
  readonly repeatedFields: number;
  readonly targetBytes: number;
  readonly bodyBytes: number;
  readonly requestsPerUser: number;
  readonly webSocketsPerUser: number;
}

/** What the outside world says while a decision is made: the clock and what was looked up. */
export interface Look {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly findings: Findings;
  /** What is known already, so that nobody need ask for it; absent: nothing is. */
  readonly known?: Known;
}

/** Gives what is known of a lookup at once; undefined where it must be found out. */
export type Known = (lookup: Lookup) => Finding | undefined;

/** Asks one kind of credential: a proof, null for "not mine", a refusal, or what must be looked up first. */
export interface Prover {
  readonly name: string;
  prove(request: SanitisedRequest, look: Look): Proof | null | Refusal | Lookup;
  /**
   * What a proof that held before is worth under this policy, the clock and the holder aside, or by what was found out since where
   * `look` has it; null for "not mine". Absent: nothing of this kind stays open.
   */
  again?(proof: Proof, peer: Peer, look?: Look): ProvedAgain | null | Refusal;
}

/** A proof as this policy reads it, and the signature under it that is to hold under this policy's keys. */
export interface ProvedAgain {
  readonly proof: Proof;
  readonly signature?: SignatureLookup;
}

/** What the hub's authenticator makes of a user name; `exact` is false where another name gives the same. */
export type HubName = (user: string) => { readonly name: string; readonly exact: boolean };

/** What is asked of names beyond ASCII besides. */
export interface UnicodeRules {
  /** The names in the config's lists, lower-case, by what they look like. */
  readonly lookalikes: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether the hub's authenticator can read the name, and the hub keep what it makes of it. */
  readonly carries: (user: string) => boolean;
}

/** Stages 4 and 5: the `user:` rules. Names in the lists are in NFC. */
export interface UserRules {
  readonly lowercase: boolean;
  readonly map: ReadonlyMap<string, string>;
  /** The values of `map`, as the hub's authenticator names them. */
  readonly mapTargets: ReadonlySet<string>;
  readonly pattern: NamePattern;
  /** Lower-case. */
  readonly reserved: ReadonlySet<string>;
  readonly allow: { readonly users: ReadonlySet<string>; readonly groups: ReadonlySet<string> };
  readonly deny: { readonly users: ReadonlySet<string>; readonly groups: ReadonlySet<string> };
  /** `deny.users`, as the hub's authenticator names them. */
  readonly deniedHubUsers: ReadonlySet<string>;
  readonly hubName: HubName;
  /** Null: names are printable ASCII. */
  readonly unicode: UnicodeRules | null;
}

/** A field's value that holds for a while only. */
export interface TimedValue {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** One field that the gate writes: where, and how its value is made. */
export interface Injection {
  /** As it is spelled on the wire. */
  readonly header: string;
  /** How messages name it, where `header` is a secret. */
  readonly said?: string;
  /** Its value is a token that is minted for one request alone. */
  readonly spends?: true;
  /** Paths below baseUrl, byte for byte; `'everywhere'` is the operator's `/**`. */
  readonly paths: ReadonlySet<string> | 'everywhere';
  /** Absent: any method. */
  readonly method?: string;
  /** The field's value (latin1, no CTL), null to leave it out, a refusal, or what must be looked up. */
  value(identity: Identity, look: Look): string | TimedValue | null | Refusal | Lookup;
}

/** Where the hub's authenticator believes a body about who the user is (attack S7). */
export interface NamedInBodies {
  /** The form of POST /hub/login. */
  readonly loginForm: boolean;
  /** `auth` in the JSON of a request for a token, which the hub's API takes for a login where there is no cookie. */
  readonly tokenRequest: boolean;
}

/** Sessions of browsers. */
export interface SessionRules {
  /** The cookie's name, with its prefix. */
  readonly cookieName: string;
  /** Over TLS alone, and bound to the host. */
  readonly secure: boolean;
  /** Sites that show the hub in a frame; null: nobody does. */
  readonly frames: readonly string[] | null;
  /** How long a session lives without being used. */
  readonly maxAgeMs: number;
  /** Of the cookie that says which browser began to sign in. */
  readonly nonceName: string;
  /** Of the one that says to the next user's hand-over whose session the browser has. */
  readonly guestName: string;
  /** Of the one that counts how often a browser was sent to sign in, and of the one that says that it was handed over. */
  readonly triesName: string;
  readonly handedName: string;
  /** Sites that hand users over. */
  readonly handoffOrigins: ReadonlySet<string>;
  /** Those of the provers that ask for tokens. */
  readonly tokens: readonly Prover[];
  /** The one that asks for the cookie. */
  readonly prover: Prover;
  /** Whether the cookie is of a session that somebody has ended. */
  readonly hasEnded: (cookies: readonly CookiePair[], look: Look) => boolean;
  /** What of a token's claims a session of it keeps; undefined for a token of nobody. */
  readonly claimsKept: (proof: Proof) => Session['claims'] | undefined;
  /** Where a browser signs in, with `{url}` for where it wants to go; null: nowhere. */
  readonly loginUrl: string | null;
  /** Where logout ends; null: a page of the gate's. */
  readonly logoutUrl: string | null;
}

/** How long WebSockets live. */
export interface WebSocketLife {
  /** At rest for so long, a direction is pinged; 0: never. */
  readonly pingIntervalMs: number;
  readonly closeOnExpiry: boolean;
  readonly graceMs: number;
}

/** What the gate posts to the hub itself. */
export interface DeliveryRules {
  /** Of a POST, below baseUrl. */
  readonly path: string;
  /** Names of the fields that it is for; without any of them there is nothing to deliver. */
  readonly carries: ReadonlySet<string>;
}

/** What is held for hubs that do not hold it themselves; which are on. */
export interface Workarounds {
  /** Other sites' pages change nothing on the hub, which judges by Referer alone, or by nothing. */
  readonly foreignChanges: boolean;
  /** `Sec-Fetch-Mode: no-cors` is no word for the hub's own pages. */
  readonly noCors: boolean;
  /** A login form is short: the hub writes its user's name into the log. */
  readonly longLogins: boolean;
  /** A cookie of the hub's that stands twice goes up not at all. */
  readonly repeatedCookies: boolean;
}

/** What a user's host looks like: one label, and this. */
export interface UserHosts {
  /** With its leading dot, lower-case. */
  readonly suffix: string;
  readonly port: number;
}

/** Everything a decision looks at besides the request. */
export interface Policy {
  /** Digest of the config text, hex; names the policy in /readyz and the audit trail. */
  readonly digest: string;
  /** `https://hub.example.org`: scheme and authority of publicUrl as a WHATWG origin. */
  readonly publicOrigin: string;
  /** Authority of publicUrl, without a default port. */
  readonly publicHost: string;
  readonly publicScheme: 'http' | 'https';
  readonly publicPort: number;
  /** Canonical `host:port` values that are served, or any. */
  readonly hosts: ReadonlySet<string> | 'any';
  /** Null: users have no hosts of their own. */
  readonly userHosts: UserHosts | null;
  readonly places: PlaceRules;
  readonly trust: TrustRules;
  readonly limits: RequestLimits;
  readonly reserved: ReservedNames;
  readonly cookies: CookieRules;
  readonly onSpoof: 'strip' | 'refuse';
  /** WebSocket subprotocols that begin so carry a token and never go up; dot included, lower-case. */
  readonly tokenProtocols: readonly string[];
  /** Lower-case names that may go to the hub itself (design 4.2). */
  readonly hubFields: ReadonlySet<string>;
  readonly provers: readonly Prover[];
  readonly apiTokens: 'refuse' | 'forward';
  /** Bearer proofs in Authorization become tokens of the hub. */
  readonly exchange: boolean;
  readonly user: UserRules;
  readonly injections: readonly Injection[];
  /** Null: nothing is posted by the gate itself. */
  readonly delivery: DeliveryRules | null;
  /** `hub-api`: of the hub its API alone, for servers of users (design 4.9). */
  readonly reach: 'everything' | 'hub-api';
  /** Paths below baseUrl that no client may speak to, because the gate does. */
  readonly refusedPaths: ReadonlySet<string>;
  readonly namedInBodies: NamedInBodies;
  /** What is held because the hub may not. */
  readonly workarounds: Workarounds;
  /** Bytes of request line and fields that the hub's proxy takes. */
  readonly headerBudget: number;
  /** Origins besides publicOrigin whose pages may open WebSockets. */
  readonly webSocketOrigins: ReadonlySet<string>;
  /** Absent: browsers have none. */
  readonly session?: SessionRules | undefined;
  readonly webSocketLife: WebSocketLife;
}

/** What was found for a lookup, or is known already; undefined where it must be looked up first. */
export function findingOf<Asked extends Lookup>(
  look: Look,
  lookup: Asked,
): Extract<Finding, { what: Asked['what'] }> | Refusal | undefined {
  const finding = look.findings.get(lookup.key) ?? look.known?.(lookup);
  if (finding === undefined || 'reason' in finding) return finding;
  return finding.what === lookup.what ? (finding as Extract<Finding, { what: Asked['what'] }>) : undefined;
}
