/**
 * JupyterLab loses its kernel's WebSocket with the session, asks for the kernel, and takes any answer but "not now" for the kernel's
 * death: then it never asks again. Told so, it does, and comes back by itself once the session is fresh.
 */
import { type Refusal, refuse } from '../../gate/reasons.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import { valuesOf } from '../../http/field.ts';
import type { Judgement } from '../judge.ts';

const kernel = /\/api\/kernels\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\?|$)/;

/** A script of a page asks so; a program that is no browser is told what is missing. */
const scripts: ReadonlySet<string> = new Set(['cors', 'same-origin']);

const unproved: ReadonlySet<string> = new Set(['credential-missing', 'hub-token-refused']);

/** The refusal in the place of one for want of a proof; null: that one stands. */
export function awaitedKernel(
  { reason }: Refusal,
  { method, target, fields }: InboundRequest,
  { policy, settled }: Judgement,
): Refusal | null {
  if (policy.session === undefined || !unproved.has(reason) || settled.trail.placeClass !== 'user') return null;
  const modes = valuesOf(fields, 'sec-fetch-mode');
  const isScripts = modes.length === 1 && modes.every(mode => scripts.has(mode));
  return method === 'GET' && isScripts && kernel.test(target) ? refuse('session-awaited') : null;
}
