/** What every door that carries requests needs, and how it puts a refusal into an answer. */
import type { Policy } from '../gate/policy.ts';
import { type Refusal, reasons } from '../gate/reasons.ts';
import type { InboundRequest } from '../gate/stages.ts';
import { valuesOf } from '../http/field.ts';
import type { AnswerHead } from '../wire/downstream/exchange.ts';
import { phraseOf } from '../wire/message/head-text.ts';
import type { HubClient } from '../wire/upstream/hub-client.ts';
import type { Gate } from './judge.ts';
import type { OnSettled } from './record.ts';
import { type PageSurroundings, renderRefusal } from './refusal.ts';
import type { OwnAnswer } from './session/own-answer.ts';
import type { UsersUnderWay } from './users-under-way.ts';

/** The parts of the running gate that a door works with. */
export interface DoorParts {
  /** Who comes in. */
  readonly audience: 'browsers' | 'servers';
  readonly gate: Gate;
  readonly hub: HubClient;
  readonly users: UsersUnderWay;
  readonly onSettled: OnSettled;
  readonly newRequestId: () => string;
}

let second = 0;
let secondText = '';

/** The time of day as Date has it (RFC 9110 §6.6.1), made once a second. */
function dateText(): string {
  const now = Math.trunc(Date.now() / 1000);
  if (now !== second) secondText = new Date(now * 1000).toUTCString();
  second = now;
  return secondText;
}

/** What a policy says of the pages; users' hosts have no start page of their own. */
export function surroundingsOf({ session, places, userHosts, publicOrigin }: Policy): PageSurroundings {
  const startPage = userHosts === null ? places.baseUrl : publicOrigin + places.baseUrl;
  return { frames: session?.frames ?? null, startPage };
}

/** A refusal as a head and a body. */
export function refusalAnswer(
  refusal: Refusal,
  inbound: Pick<InboundRequest, 'method' | 'fields'>,
  requestId: string,
  surroundings: PageSurroundings = {},
): { head: AnswerHead; body: Buffer } {
  const accept = valuesOf(inbound.fields, 'accept');
  const { status, fields, body } = renderRefusal(refusal, {
    accept,
    requestId,
    method: inbound.method,
    ...surroundings,
  });
  const dated = [...fields, ['Date', dateText()] as const];
  const closes = 'closes' in reasons[refusal.reason];
  return { head: { status, phrase: phraseOf(status, ''), fields: dated, closes }, body };
}

/** An answer of the gate's own endpoints, in the same form. */
export function ownAnswer(
  { status, fields, body }: OwnAnswer,
  { method }: Pick<InboundRequest, 'method'>,
): { head: AnswerHead; body: Buffer } {
  const dated = [...fields, ['Date', dateText()] as const];
  const head = { status, phrase: phraseOf(status, ''), fields: dated, closes: false };
  return { head, body: method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(body) };
}
