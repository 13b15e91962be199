/** What the gate's own endpoints do. */
import type { Identity, Session } from './proof.ts';

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
  | {
      readonly call: 'start';
      readonly loginUrl: string;
      readonly nonce: string | undefined;
      readonly next: string | undefined;
    }
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
