/** The shapes of a head whose names have been read. */
import type { FieldLine } from '../http/field.ts';

/** Fields that the gate reads itself before it sorts the others. */
export const readNames = [
  'host',
  'authorization',
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
  /** The gate alone may speak it; the three below are about such a name. */
  readonly reserved: boolean;
  /** A trusted proxy sends it in the ordinary course of things, or does so if it signs users in. */
  readonly expected: boolean;
  readonly expectedAtSignIn: boolean;
  /** A prover reads it where a trusted proxy sends it. */
  readonly asserted: boolean;
  /** Whether it may go on to the hub itself, or to code that users write. */
  readonly toHub: boolean;
  readonly toUsers: boolean;
}

/** A field line and what its name is. */
export interface Field {
  readonly name: FieldName;
  readonly line: FieldLine;
}

/** All fields in wire order, and once more those that the gate reads itself. */
export interface Head {
  readonly fields: readonly Field[];
  readonly read: readonly Field[];
}
