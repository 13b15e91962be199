/** Every fuzz target; each has a folder of its name in the corpus. */
import type { FuzzTarget } from './target.ts';
import { addresses } from './targets/addresses.ts';
import { answerHead } from './targets/answer-head.ts';
import { authorization } from './targets/authorization.ts';
import { bodyFraming } from './targets/body-framing.ts';
import { compactToken } from './targets/compact-token.ts';
import { config } from './targets/config.ts';
import { cookies } from './targets/cookies.ts';
import { expression } from './targets/expression.ts';
import { fieldNames } from './targets/field-names.ts';
import { forwardedFields } from './targets/forwarded.ts';
import { next } from './targets/next.ts';
import { proxyHeader } from './targets/proxy-header.ts';
import { recurringHeads } from './targets/recurring-heads.ts';
import { requestHead } from './targets/request-head.ts';
import { requestTarget } from './targets/request-target.ts';
import { setCookie } from './targets/set-cookie.ts';

/** In the order of a request's journey. */
export const targets: readonly FuzzTarget[] = [
  config,
  proxyHeader,
  requestHead,
  recurringHeads,
  bodyFraming,
  addresses,
  forwardedFields,
  fieldNames,
  requestTarget,
  next,
  cookies,
  authorization,
  compactToken,
  expression,
  answerHead,
  setCookie,
];

/** Throws for a name that no target has. */
export function targetOf(name: string): FuzzTarget {
  const target = targets.find(each => each.name === name);
  if (target === undefined) throw new Error(`no fuzz target: ${name}`);
  return target;
}
