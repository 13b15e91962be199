/** What an expression of `inject` gives for a user. */
import type { Expression, UserInfo } from '../expression/compile.ts';
import { toJson } from '../expression/values.ts';
import type { Identity } from '../gate/proof.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import { derivedWithin } from '../http/derived.ts';
import { weightOf } from '../http/weight.ts';

/** JSON, or undefined where there is nothing to tell. */
export type Given = { readonly json: unknown } | Refusal;

const nothing: Given = { json: undefined };
const noExtra: UserInfo['extra'] = new Map();

/** As proved: rules in `user` have had no say in the name yet. */
function userOf({ username, groups, uid = '', extra = noExtra }: Identity): UserInfo {
  return { username, groups, uid, extra };
}

/** A claim that is not there is nothing to tell, as for `claim`; null and an optional without a value are the words for it. */
function give(expression: Expression, identity: Identity, what: string): Given {
  const evaluation = expression.evaluate({ claims: identity.claims, user: userOf(identity) });
  if ('fault' in evaluation) {
    return evaluation.fault === 'missing'
      ? nothing
      : refuse('data-invalid', `the expression for ${what} can not be evaluated`);
  }
  if (evaluation.value === null) return nothing;
  const json = toJson(evaluation.value);
  return json === undefined
    ? refuse('data-invalid', `the expression for ${what} gives what JSON can not say`)
    : { json };
}

/** What a policy's expressions gave, all together. */
const mostBytes = 16 * 1024 * 1024;

/** Of what stands around a value. */
const around = 200;

/**
 * Evaluates once an identity, as long as there is room for what it gives; `what` is where its value goes, `among` the number of
 * expressions that share the room.
 */
export function givenBy(expression: Expression, what: string, among: number): (identity: Identity) => Given {
  return derivedWithin((identity: Identity) => give(expression, identity, what), {
    bytes: mostBytes / among,
    weigh: given => around + ('reason' in given ? 0 : weightOf(given.json)),
  });
}
