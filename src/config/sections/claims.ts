/** What is asked of claims, and what they make. */

import type { Expression } from '../../expression/compile.ts';

/** What must hold of a token. */
export type ClaimRule = RequiredClaim | ExpressionRule;

/** A claim that must have this very value. */
export interface RequiredClaim {
  readonly claim: string;
  readonly requiredValue: string;
}

/** An expression that must be true. */
export interface ExpressionRule {
  readonly expression: Expression;
  /** What the refused user is told besides; `null`: nothing. */
  readonly message: string | null;
}

/** What makes the user of a token. */
export interface ClaimMappings {
  readonly username: ValueMapping;
  readonly groups: ValueMapping;
  /** Seen by expressions alone; `null`: empty. */
  readonly uid: ValueMapping | null;
  readonly extra: readonly ExtraMapping[];
}

/** Where a part of the user comes from. */
export type ValueMapping = ClaimMapping | ExpressionMapping;

/** A claim's name, and what is put before each of its values. */
export interface ClaimMapping {
  readonly claim: string;
  readonly prefix: string;
}

/** What an expression gives. */
export interface ExpressionMapping {
  readonly expression: Expression;
  /** What every name begins with, as far as the expression shows; it is in the value already. */
  readonly prefix: string;
}

/** One of `user.extra`. */
export interface ExtraMapping {
  /** Lower case, `example.org/team`. */
  readonly key: string;
  readonly expression: Expression;
}
