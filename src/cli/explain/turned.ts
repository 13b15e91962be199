/** What the client gets of a refusal: that one, another, or an answer in its place, such as the way to sign in. */
import type { OwnAnswer } from '../../doors/session/own-answer.ts';
import { turnRefusal } from '../../doors/session/turned-refusal.ts';
import { isRefusal, type Refusal } from '../../gate/reasons.ts';
import { valuesOf } from '../../http/field.ts';
import type { Told } from './facts/told.ts';

/** An answer in the place of a refusal. */
export interface Instead {
  readonly status: number;
  /** Where it leads; null: nowhere. */
  readonly location: string | null;
}

/** A refusal as the client hears of it. */
export interface Turned {
  readonly refusal: Refusal;
  readonly instead: Instead | null;
}

function insteadOf({ status, fields }: OwnAnswer): Instead {
  return { status, location: valuesOf(fields, 'location')[0] ?? null };
}

/** As the door turns it; null where nothing is refused. Codes that were shown are spent, and not here. */
export function turnedOf({ journey, now }: Told): Turned | null {
  const { settled, inbound, policy } = journey;
  if (settled.kind !== 'refuse') return null;
  const { refusal } = settled;
  if (settled.codes !== undefined) return { refusal, instead: null };
  const way = turnRefusal(refusal, inbound, { settled, policy }, now);
  return isRefusal(way) ? { refusal: way, instead: null } : { refusal, instead: insteadOf(way) };
}
