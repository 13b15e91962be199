/** Carries out what the gate's own endpoints are called for; a token in a form is judged as if it had come in the head. */
import type { GateCall } from '../../gate/calls.ts';
import { isRefusal } from '../../gate/reasons.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import type { Exchange } from '../../wire/downstream/exchange.ts';
import type { Judgement } from '../judge.ts';
import type { Reply } from '../reply.ts';
import { wholeBody } from '../request-body.ts';
import { mostFormBytes, readForm, withToken } from './form.ts';
import type { EndUser } from './logout.ts';
import { redirect } from './own-answer.ts';
import { answerCall } from './own-answers.ts';
import { withoutCode } from './spent-codes.ts';

/** The request that calls, and who answers it. */
export interface Caller {
  readonly exchange: Exchange;
  readonly reply: Reply;
  readonly now: () => number;
  readonly endUser: EndUser;
  readonly onBytes: (bytes: number) => void;
  /** Asks the gate about another reading of the request, and puts its word on record. */
  readonly judgeAgain: (inbound: InboundRequest, goOn: (judged: Judgement) => void) => void;
}

export function answerOwnCall(caller: Caller, judged: Judgement, call: GateCall): void {
  const { exchange, reply, onBytes } = caller;
  if (call.call !== 'read-form' && call.call !== 'hand-over') say(caller, judged, call, exchange.inbound);
  else if (!exchange.bodyPending) handOver(caller, new Uint8Array());
  else
    reply.goOnWith(wholeBody(exchange, mostFormBytes, onBytes), found =>
      'bytes' in found ? handOver(caller, found.bytes) : reply.refuse(found),
    );
}

function handOver(caller: Caller, body: Uint8Array): void {
  const { exchange, reply } = caller;
  const form = readForm(body, exchange.inbound);
  const shown = isRefusal(form) ? form : withToken(exchange.inbound, form);
  if (isRefusal(form)) reply.refuse(form);
  else if (isRefusal(shown)) reply.refuse(shown);
  else
    caller.judgeAgain(shown, judged => {
      const { settled } = judged;
      if (settled.kind === 'refuse') reply.refuse(settled.refusal);
      else if (settled.kind === 'answer') say(caller, judged, settled.call, shown, form.next);
    });
}

function say(
  { reply, now, endUser }: Caller,
  { policy, sessions }: Judgement,
  call: GateCall,
  inbound: InboundRequest,
  next?: string,
): void {
  if (call.call === 'to-hub') {
    reply.giveOwn(redirect(302, call.location), inbound);
    return;
  }
  const rules = policy.session;
  if (rules === undefined || sessions === undefined) throw new TypeError('an own endpoint without sessions');
  const asked = { inbound, policy, rules, sessions, now: now(), endUser, next };
  reply.goOnWith(answerCall(call, asked), answer => {
    if (isRefusal(answer)) reply.turn(answer, withoutCode(answer, inbound, { policy }));
    else reply.giveOwn(answer, inbound);
  });
}
