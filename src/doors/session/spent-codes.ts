/** One-time codes: kept under their digest, and spent by whoever shows them, whatever comes of it (S4). */
import { createHash } from 'node:crypto';
import type { Refusal } from '../../gate/reasons.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import { prefersHtml } from '../../http/accept.ts';
import { valuesOf } from '../../http/field.ts';
import type { Judgement, Sessions } from '../judge.ts';
import { type OwnAnswer, redirect } from './own-answer.ts';

/** Whoever reads the store finds no code in it. */
export function codeKey(code: string): string {
  return `code ${createHash('sha256').update(code).digest('base64url')}`;
}

/** A refused request's codes may be read by others: from the address bar, a history, a log. */
export async function spendCodes(codes: readonly string[], { store }: Pick<Sessions, 'store'>): Promise<void> {
  await Promise.all(codes.map(code => store.take(codeKey(code))));
}

/** For a browser, the way to the same refusal at an address without the code; for others the refusal itself. */
export function withoutCode(
  refusal: Refusal,
  { method, target, fields }: InboundRequest,
  { policy }: Pick<Judgement, 'policy'>,
): OwnAnswer | Refusal {
  const clean = `${policy.places.baseUrl}hubgate/enter`;
  const isShown = method === 'GET' && target.startsWith(`${clean}?`) && prefersHtml(valuesOf(fields, 'accept'));
  return isShown ? redirect(303, clean) : refusal;
}
