/** The shapes that travel through the gate; each is branded so that only its own stage can make it. */
import type { IpAddress } from '../http/address.ts';
import type { CookiePair } from '../http/cookies.ts';
import type { FieldLine } from '../http/field.ts';
import type { Head } from './head-shapes.ts';
import type { Place } from './place.ts';
import type { Refusal } from './reasons.ts';

declare const accepted: unique symbol;
declare const sanitised: unique symbol;
declare const identified: unique symbol;
declare const outbound: unique symbol;

/** What a peer has proved to hold in its TLS handshake: a certificate that one of the listener's authorities signed. */
export interface PeerCertificate {
  /** base64url of the SHA-256 of its DER (RFC 8705 §3.1). */
  readonly thumbprint: string;
  /** `URI:…`, `DNS:…` (lower-case) and `email:…` names, in the certificate's order; empty where they can not be read. */
  readonly subjectAltNames: readonly string[];
}

/** The other end of the connection (RFC 9110 §3.7), and what it said first. */
export type Peer = ({ readonly kind: 'ip'; readonly address: IpAddress } | { readonly kind: 'unix' }) & {
  /** Where its PROXY header says that the connection comes from; null: it names nobody. Absent: the listener takes no such header. */
  readonly source?: IpAddress | null;
  /** Of a TLS client that showed one which holds; absent or undefined: nobody has verified any. */
  readonly certificate?: PeerCertificate | undefined;
};

/** A request as a door received it; `fields` in wire order, spelled as received, values latin1. */
export interface InboundRequest {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: '1.0' | '1.1';
  readonly fields: readonly FieldLine[];
  /** These very `fields` came before, so that what was made of them may be at hand; absent: nobody knows. */
  readonly fieldsRecur?: boolean;
  readonly peer: Peer;
}

/** Stage 1's word: who is talking, and for whom. */
export interface AcceptedRequest extends InboundRequest {
  readonly [accepted]: true;
  /** The very object that came in. */
  readonly arrival: InboundRequest;
  readonly head: Head;
  /** `proxy`: the peer is trusted; `outside`: it may show a token in Authorization and nothing else. */
  readonly standing: 'proxy' | 'outside';
  /** First address from the right that is not a trusted proxy; absent behind a Unix socket that names none. */
  readonly client: IpAddress | undefined;
}

/** How the request's body is framed on the way in (RFC 9112 §6). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' };

/** Stage 2's word: a request from which everything is taken out that the client must not speak for. */
export interface SanitisedRequest {
  readonly [sanitised]: true;
  readonly method: string;
  /** Byte for byte as received. */
  readonly path: string;
  /** Without the question mark; null when the target has none. */
  readonly query: string | null;
  readonly host: string;
  /** Of `userHosts`, as browsers write it in an origin; '' for publicUrl's and its aliases. */
  readonly userHost: string;
  readonly place: Place;
  readonly upgrade: 'websocket' | null;
  readonly body: BodyFraming;
  /** Fields that may go on, in wire order: nothing reserved, hop-by-hop, about framing, Host, Cookie or Authorization. */
  readonly fields: readonly FieldLine[];
  /** All crumbs in wire order; which of them goes where is known once the visitor is. */
  readonly cookies: readonly CookiePair[];
  /** The one Authorization value, trimmed. */
  readonly authorization: string | undefined;
  /** Every DPoP value in wire order, trimmed (RFC 9449 §4.1). */
  readonly dpop: readonly string[];
  /** Stands for the request as it arrived: the same object each time that it is judged. Nothing can be read off it. */
  readonly arrival: object;
  /** Reserved fields that provers read, by lower-case (not folded) name, in wire order; only a trusted proxy's. */
  readonly setAside: ReadonlyMap<string, readonly string[]>;
  /** WebSocket subprotocols that carry tokens, in wire order; they are in `fields` no more. */
  readonly tokenProtocols: readonly string[];
  readonly peer: Peer;
  readonly standing: 'proxy' | 'outside';
  readonly client: IpAddress | undefined;
}

/**
 * Where a credential stood. The first two only ever come from who made the request; a cookie is added by a browser whoever's page
 * asks, and a header by a proxy.
 */
export type ProofCarrier = 'authorization' | 'subprotocol' | 'cookie' | 'header';

/** What only the holder of a token can show (RFC 7800); thumbprints are SHA-256 in base64url. */
export type Binding =
  | { readonly by: 'certificate'; readonly thumbprint: string }
  | {
      readonly by: 'key';
      readonly thumbprint: string;
      /** Digest of the token. */
      readonly ath: string;
      /** How far the clock of a proof may differ. */
      readonly toleranceMs: number;
    };

/** What a browser's cookie holds, sealed: whom a token proved, as far as rules look at it; never the token. */
export interface Session {
  /** One hand-off's, so that it can be ended alone. */
  readonly id: string;
  /** The prover of the token, and who vouched. */
  readonly prover: string;
  readonly issuer: string;
  /** Those of the token's that rules, mappings and injections name. Prototype-less. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The user's host that it is for; '' for publicUrl's. */
  readonly host: string;
  /** When the token proved the user; milliseconds since the epoch, as below. */
  readonly begunAt: number;
  /** When the cookie was written. */
  readonly sealedAt: number;
  readonly expiresAt: number;
}

/** A credential that held: what a prover knows about the user. */
export interface Proof {
  /** Name of the prover, for the audit line. */
  readonly prover: string;
  readonly credential: 'bearer' | 'session' | 'assertion';
  /** Where it stood. */
  readonly carrier: ProofCarrier;
  /** The token itself, which nobody behind the gate may read; absent for a session and an assertion. */
  readonly token?: string;
  /** Who vouches: the issuer's url, or the SSO entry's name. */
  readonly issuer: string;
  /** The user's name as proved, prefix included, before `user:` rules. */
  readonly username: string;
  readonly groups: readonly string[];
  /** Of the issuer's own making, for expressions alone; absent: empty. */
  readonly uid?: string;
  /** Further values by key, `example.org/team`; absent: none. */
  readonly extra?: ReadonlyMap<string, readonly string[]>;
  /** Claims of the token; empty for an assertion. Prototype-less. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Asserted fields by lower-case name; empty for a token. */
  readonly asserted: ReadonlyMap<string, string>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Until when it is taken, where clocks may differ; absent: `expiresAt`. */
  readonly holdsUntil?: number;
  /** Absent: whoever has the credential may show it. */
  readonly binding?: Binding;
  /** Where a session is the credential. */
  readonly session?: Session;
}

/** Who the hub will be told the user is: all proofs together, which agree on the user. */
export interface Identity extends Proof {
  /** The name after `user:` rules; in NFC, and ASCII unless `user.unicode` is on. */
  readonly user: string;
  /** The name that the hub's authenticator makes of it. */
  readonly hubUser: string;
  /** Every prover's name for the user, as proved but in NFC. */
  readonly rawNames: readonly string[];
}

/** What becomes of the hub's own token in Authorization (design 4.7). */
export type HubToken = { readonly use: 'none' } | { readonly use: 'alone' | 'beside'; readonly authorization: string };

/** A request whose user is known, or that needs none (`identity` absent: public path, or a hub token alone). */
export interface IdentifiedRequest {
  readonly [identified]: true;
  readonly request: SanitisedRequest;
  readonly identity: Identity | undefined;
  readonly hubToken: HubToken;
}

/** What the answer does with the browser's session cookie: a new one with a longer life, or none any more. */
export type CookieTurn = { readonly turn: 'renew'; readonly session: Session } | { readonly turn: 'expire' };
/** What the gate posts to the hub by itself, with a request of the user's: mount or data, and a private key perhaps. */
export interface Delivery {
  /** `after-login`: once the hub has answered the login; `before`: the request may start a server, which is to see it. */
  readonly when: 'after-login' | 'before';
  readonly hubUser: string;
  /** Of the POST, in origin-form. */
  readonly target: string;
  /** The page that gives a fresh XSRF token to who is logged in. */
  readonly home: string;
  /** What any request for this user has: Host, the browser's name, the forwarding family. */
  readonly around: readonly FieldLine[];
  /** The hub's, as far as they go up. */
  readonly cookies: readonly CookiePair[];
  /** The fields that the gate writes. */
  readonly own: readonly FieldLine[];
  /** When the first of what is delivered ends; milliseconds since the epoch; Infinity: nothing does. */
  readonly expiresAt: number;
}

/** What the door may send to the hub, complete but for framing; the only shape a door forwards. */
export interface OutboundRequest {
  readonly [outbound]: true;
  readonly method: string;
  /** Origin-form. */
  readonly target: string;
  /** Complete, in the order to send, without framing and without the WebSocket handshake's Connection and Upgrade. */
  readonly fields: readonly FieldLine[];
  readonly protocol: 'http' | 'websocket';
  /** `measure`: read the body whole up to `measuredBodyBytes`, then send it with its exact length (P14). */
  readonly body: 'none' | 'stream' | 'measure';
  readonly place: Place;
  /** The proved user under the hub's name; absent where no proof was needed. */
  readonly visitor: string | undefined;
  /** A token that was minted for this request alone, and is worth nothing once it is answered. */
  readonly spends?: string;
  /** Goes up with it; absent: nothing does. */
  readonly delivery?: Delivery;
  /** Who vouches for that user; absent with it. */
  readonly issuer: string | undefined;
  /** Names of cookies that came and are another user's, so that the browser is to forget them. */
  readonly stale: readonly string[];
}

interface LookupKey {
  readonly kind: 'lookup';
  /** Names it within one request. */
  readonly key: string;
}

/** Whether a token's signature holds under a key of its issuer. */
export interface SignatureLookup extends LookupKey {
  readonly what: 'signature';
  readonly issuer: string;
  readonly token: string;
}

/** Whom an opaque token proves, by the word of an introspection endpoint (RFC 7662). */
export interface IntrospectionLookup extends LookupKey {
  readonly what: 'introspection';
  readonly token: string;
}

/** What stands in a file. */
export interface FileLookup extends LookupKey {
  readonly what: 'file';
  readonly file: string;
  readonly maxBytes: number;
}

/** What an HTTP provider says of a user. */
export interface ProviderLookup extends LookupKey {
  readonly what: 'provider';
  /** The header that it is for, as the config writes it. */
  readonly header: string;
  readonly user: string;
}

/** Whose a token of the hub's is. */
export interface OwnerLookup extends LookupKey {
  readonly what: 'hub-token-owner';
  readonly token: string;
}

/** Whether a DPoP proof is signed by the key that it brings, and shown for the first time (RFC 9449 §4.3). */
export interface DpopProofLookup extends LookupKey {
  readonly what: 'dpop-proof';
  readonly proof: string;
  /** Who shows it, for his share of what can be remembered. */
  readonly holder: string;
  /** When it is too old for anybody; milliseconds since the epoch. */
  readonly holdsUntil: number;
  /** The request that shows it, which may ask again. */
  readonly arrival: object;
}

/** The request's own body, where it names a user; only the door that has the request can find it. */
export interface BodyLookup extends LookupKey {
  readonly what: 'body';
  readonly maxBytes: number;
}

/** What a minted token is for, and no more than that: one login (for a plugin that asks the hub about it), the hub's API, one server (`segment` is its name, or the first of its paths), one service. */
export type TokenPurpose =
  | { readonly kind: 'login' }
  | { readonly kind: 'api' }
  | { readonly kind: 'server'; readonly owner: string; readonly segment: string }
  | { readonly kind: 'service'; readonly owner: string };

/** A token of the hub's for a proved user. */
export interface MintedTokenLookup extends LookupKey {
  readonly what: 'minted-token';
  readonly hubUser: string;
  readonly purpose: TokenPurpose;
  /** When the proof ends; milliseconds since the epoch. */
  readonly until: number;
}

/** What a sealed cookie holds, by a key of ours and while nobody has ended it. */
export interface SessionLookup extends LookupKey {
  readonly what: 'session';
  readonly sealed: string;
}

/** Whether what was delivered for a user last still stands at the hub, as far as anybody knows. */
export interface DeliveryLookup extends LookupKey {
  readonly what: 'delivery';
  readonly hubUser: string;
}

/** Something that must be looked up outside before the decision can be made. */
export type Lookup =
  | SignatureLookup
  | IntrospectionLookup
  | FileLookup
  | ProviderLookup
  | OwnerLookup
  | DpopProofLookup
  | DeliveryLookup
  | MintedTokenLookup
  | BodyLookup
  | SessionLookup;

/** What an endpoint says of a token; `answer` of undefined: no endpoint knows it as active. */
export interface Introspected {
  readonly what: 'introspection';
  readonly answer:
    | {
        /** The token that was asked about. */
        readonly token: string;
        /** Which endpoint, in the order of the config. */
        readonly entry: number;
        /** The members of the answer. Prototype-less. */
        readonly claims: Readonly<Record<string, unknown>>;
        /** Until when it is believed; milliseconds since the epoch. */
        readonly until: number;
      }
    | undefined;
}

/**
 * What was found for a lookup: the thing, or why not. Undefined: there is no such file, owner or session, or the provider has nothing
 * for the user; its `answer` is what JSON can say, objects without a prototype.
 */
export type Finding =
  | { readonly what: 'signature' }
  | Introspected
  | { readonly what: 'file'; readonly text: string | undefined }
  | { readonly what: 'provider'; readonly answer: unknown }
  | { readonly what: 'hub-token-owner'; readonly hubUser: string | undefined }
  | { readonly what: 'dpop-proof' }
  | { readonly what: 'minted-token'; readonly token: string }
  | { readonly what: 'delivery'; readonly isDue: boolean }
  | { readonly what: 'body'; readonly bytes: Uint8Array }
  | { readonly what: 'session'; readonly session: Session | undefined }
  | Refusal;

/** Findings by their lookup's key. */
export type Findings = ReadonlyMap<string, Finding>;

/** Facts about one decision for the audit line; filled by the stages, read by the shell. No secret ever. */
export interface Trail {
  client: string | undefined;
  placeClass: string | undefined;
  user: string | undefined;
  prover: string | undefined;
  /** Where the proof stood; several, as `prover` has them. */
  carrier: string | undefined;
  /** Folded names of reserved fields that the client had no business to send. */
  spoofed: readonly string[];
}

/** Whom a token handed over to the hub, and what of it a session keeps. */
export interface HandedOver extends Pick<Session, 'prover' | 'issuer' | 'claims'> {
  /** The token's jti; undefined where it has none. */
  readonly tokenId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly tokenExpiresAt: number;
  readonly user: string;
  /** The name that the hub's authenticator makes of it. */
  readonly hubUser: string;
}

/** The session that a browser has shown, and whose it is by the hub's name; undefined: none, or of somebody whom no rule makes a user. */
export interface ShownSession {
  readonly session: Session | undefined;
  readonly hubUser: string | undefined;
}

/** What one of the gate's own endpoints is to do; `next` as the client wrote it, decoded. */
export type GateCall =
  /** The token stands in the request's form: the request is judged again with it in Authorization. */
  | { readonly call: 'read-form' }
  | { readonly call: 'hand-over'; readonly handedOver: HandedOver; readonly replaces: ShownSession }
  | { readonly call: 'preflight' }
  | { readonly call: 'code'; readonly handedOver: HandedOver }
  | { readonly call: 'start'; readonly nonce: string | undefined; readonly next: string | undefined }
  | {
      readonly call: 'enter';
      readonly code: string;
      readonly next: string | undefined;
      readonly replaces: ShownSession;
    }
  | { readonly call: 'who'; readonly identity: Identity }
  | { readonly call: 'logout'; readonly whose: ShownSession }
  | { readonly call: 'logged-out' }
  /** A browser with a session wants to go to a user's host, which began with that `state`. */
  | {
      readonly call: 'visit';
      readonly host: string;
      readonly state: string;
      readonly visitor: ShownSession;
      readonly user: string;
    }
  /** On a user's host the hub is asked for, which is at publicUrl. */
  | { readonly call: 'to-hub'; readonly location: string };

/** The gate's word on a request. */
export type Decision =
  | ({
      readonly kind: 'forward';
      readonly request: OutboundRequest;
      readonly trail: Readonly<Trail>;
      /** What let the user in, for as long as what the request opens stays open; empty where no proof was needed. */
      readonly proofs: readonly Proof[];
    } & WithCookie)
  | ({ readonly kind: 'answer'; readonly call: GateCall; readonly trail: Readonly<Trail> } & WithCookie)
  | ({ readonly kind: 'refuse'; readonly refusal: Refusal; readonly trail: Readonly<Trail> } & WithCookie)
  | Lookup;

/** Absent: the browser's session cookie stays as it is. */
interface WithCookie {
  readonly cookie?: CookieTurn;
}
