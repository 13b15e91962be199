/** The shapes that travel through the gate; each is branded so that only its own stage can make it. */
import type { IpAddress } from '../http/address.ts';
import type { CookiePair } from '../http/cookies.ts';
import type { FieldLine } from '../http/field.ts';
import type { GateCall } from './calls.ts';
import type { Lookup } from './lookups.ts';
import type { Place } from './place.ts';
import type { HubToken, Identity, Proof, Session } from './proof.ts';
import type { Refusal } from './reasons.ts';
import type { Head } from './request/head-shapes.ts';

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
  /** The gate's own login, which nobody else hears of; null: the request is one. */
  readonly login: { readonly target: string; readonly own: readonly FieldLine[] } | null;
  /** What any request for this user has: Host, the browser's name, the forwarding family. */
  readonly around: readonly FieldLine[];
  /** The hub's, as far as they go up with the browser's login; empty beside a login of the gate's own. */
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

/** Facts about one decision for the audit line; filled by the stages, read by the shell. No secret ever. */
export interface Trail {
  client: string | undefined;
  placeClass: string | undefined;
  user: string | undefined;
  prover: string | undefined;
  /** Where the proof stood; several, as `prover` has them. */
  carrier: string | undefined;
  /** Reserved fields that the client had no business to send, as messages name them: folded, or a secret's key in the config. */
  spoofed: readonly string[];
}

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
  | ({
      readonly kind: 'refuse';
      readonly refusal: Refusal;
      readonly trail: Readonly<Trail>;
      /** One-time codes that the request showed, which count no more; absent: none. */
      readonly codes?: readonly string[];
    } & WithCookie)
  | Lookup;

/** Absent: the browser's session cookie stays as it is. */
interface WithCookie {
  readonly cookie?: CookieTurn;
}
