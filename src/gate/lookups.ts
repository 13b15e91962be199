/** What the gate must know from outside before it can decide, and what may be found. */
import type { Moment } from '../clock.ts';
import type { Session } from './proof.ts';
import type { Refusal } from './reasons.ts';

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
  /** How old an answer may be; absent: as long as it is believed. */
  readonly maxAgeMs?: number;
}

/** Asks whom an opaque token proves. */
export function askAboutToken(token: string): IntrospectionLookup {
  return { kind: 'lookup', key: `introspection:${token}`, what: 'introspection', token };
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
        readonly givenAt: Moment;
        /** Until when a request is let in by it; milliseconds since the epoch. */
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
  | { readonly what: 'session'; readonly session: Session | undefined /** It was one. */; readonly ended?: true }
  | Refusal;

/** Findings by their lookup's key. */
export type Findings = ReadonlyMap<string, Finding>;
