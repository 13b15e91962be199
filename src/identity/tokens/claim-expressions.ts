/** What expressions say of a token: rules on its claims, parts of its user, rules on the user. A refusal never says a claim's value. */
import type { Evaluation, Expression, UserInfo } from '../../expression/compile.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import { ownText } from '../../http/recent-texts.ts';
import type { IssuerRules, PlacedRule } from './issuer-rules.ts';
import type { JsonObject } from './strict-json.ts';

/** Why there is no value, in words for the refused user. */
const faults = {
  missing: 'names a claim that the token has not',
  failed: 'can not be evaluated on this token',
  large: 'can not be evaluated on claims as large as these',
} as const;

function isTrue(evaluation: Evaluation): boolean {
  return 'value' in evaluation && evaluation.value === true;
}

/** The operator's message where there is one; the operator is told which rule it was and why it does not hold. */
function broken(reason: 'claim-invalid' | 'not-allowed', rule: PlacedRule, evaluation: Evaluation): Refusal {
  const why = 'fault' in evaluation ? faults[evaluation.fault] : 'is not true';
  const inAudit = `${rule.place} ${why}`;
  return { ...refuse(reason, rule.message ?? inAudit), inAudit };
}

/** Null when every rule on the claims is true. */
export function checkClaimRules(claims: JsonObject, { claimRules = [] }: IssuerRules): Refusal | null {
  for (const rule of claimRules) {
    const evaluation = rule.expression.evaluate({ claims });
    if (!isTrue(evaluation)) return broken('claim-invalid', rule, evaluation);
  }
  return null;
}

function unfit(place: string, what: string): Refusal {
  return refuse('claim-invalid', `${place} ${what}`);
}

/** A text of JavaScript's can be cut within a character. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

/** The one text that a mapping gives, which keeps nothing else alive. */
export function textOf(expression: Expression, claims: JsonObject, place: string): string | Refusal {
  const evaluation = expression.evaluate({ claims });
  if ('fault' in evaluation) return unfit(place, faults[evaluation.fault]);
  const { value } = evaluation;
  return isText(value) ? ownText(value) : unfit(place, 'gives no text');
}

/** What is not there is written as null, as an empty text or list, or by leaving it out of a list: Kubernetes reads them alike. */
export function textsOf(expression: Expression, claims: JsonObject, place: string): readonly string[] | Refusal {
  const evaluation = expression.evaluate({ claims });
  if ('fault' in evaluation) return unfit(place, faults[evaluation.fault]);
  const value = evaluation.value ?? [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.every(isText)
    ? values.filter(one => one !== '').map(ownText)
    : unfit(place, 'gives no text and no list of texts');
}

/** Null when every rule on the user is true. A rule that says no is about a user who is proved; one that fails is about claims. */
export function checkUserRules(user: UserInfo, { userRules = [] }: IssuerRules): Refusal | null {
  for (const rule of userRules) {
    const evaluation = rule.expression.evaluate({ user });
    if (!isTrue(evaluation)) return broken('fault' in evaluation ? 'claim-invalid' : 'not-allowed', rule, evaluation);
  }
  return null;
}
