/** The shapes of a head whose names have been read. */
import type { FieldLine } from '../../http/field.ts';
import type { Refusal } from '../reasons.ts';

/** Fields that the gate reads itself before it sorts the others. */
export const readNames = [
  'host',
  'authorization',
  'dpop',
  'cookie',
  'connection',
  'upgrade',
  'expect',
  'content-length',
  'transfer-encoding',
  'x-forwarded-for',
  'forwarded',
] as const;

/** One of them, lower-case. */
export type ReadName = (typeof readNames)[number];

/** One spelling of a name. */
export interface FieldName {
  readonly lower: string;
  readonly folded: string;
  readonly isToken: boolean;
  /** The name under which the gate reads it itself. */
  readonly reads: ReadName | null;
  /** As messages name it: `folded`, or the config's key where it is a secret. */
  readonly said: string;
  /** The gate alone may speak it; the three below are about such a name. */
  readonly reserved: boolean;
  /** A trusted proxy sends it in the ordinary course of things, or does so if it signs users in. */
  readonly expected: boolean;
  readonly expectedAtSignIn: boolean;
  /** A prover reads it where a trusted proxy sends it. */
  readonly asserted: boolean;
  /** It may name subprotocols that carry tokens. */
  readonly offersProtocols: boolean;
  /** Whether it may go on to the hub itself, or to code that users write. */
  readonly toHub: boolean;
  readonly toUsers: boolean;
}

/** A field line and what its name is. */
export interface Field {
  readonly name: FieldName;
  readonly line: FieldLine;
}

/** Fields sorted into those that pass, and the reserved ones that are set aside. */
export interface Sorted {
  readonly passing: readonly FieldLine[];
  /** By lower-case name, what provers read; only what a trusted proxy sent. */
  readonly setAside: ReadonlyMap<string, readonly string[]>;
  /** Subprotocols that carry tokens, in wire order; they are in `passing` no more. */
  readonly tokenProtocols: readonly string[];
  /** As messages name them, those that were no trusted proxy's to send. */
  readonly spoofed: readonly string[];
}

/** What was made of a head: each part hangs on the head and its policy alone, and is filled in by its maker when first asked for. */
export interface HeadMemory {
  fault: Refusal | null | undefined;
  host: string | Refusal | undefined;
  /** By who sent it and who is to read it. */
  readonly sorted: Map<string, Sorted | Refusal>;
}

/** Trimmed values in wire order, by name; undefined where there is none. */
export type ReadValues = { readonly [name in ReadName]: readonly string[] | undefined };

/** All fields in wire order, and the values of those that the gate reads itself; of one policy. */
export interface Head {
  readonly fields: readonly Field[];
  readonly values: ReadValues;
  /** As they stand on the wire. */
  readonly bytes: number;
  readonly memory: HeadMemory;
}
