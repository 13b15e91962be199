/** What a prover says of a user, and who the user is then. */
import type { Moment } from '../clock.ts';

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

/** What holds only because somebody outside said so, and may say otherwise by now. */
export interface Word {
  readonly givenAt: Moment;
  /** After which time whatever stays open by it has to ask anew. */
  readonly askAgainAfterMs: number;
  /** After which time nothing stays open by it. */
  readonly countsForMs: number;
}

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
  /** Of the endpoint that knows the token; absent: the proof holds by itself. */
  readonly word?: Word;
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
