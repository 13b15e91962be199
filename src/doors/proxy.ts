/** The HTTP door: asks the gate, forwards what it allows, and relays what the hub answers. */
import type { Policy } from '../gate/policy.ts';
import { type ReasonId, type Refusal, refuse } from '../gate/reasons.ts';
import type { OutboundRequest } from '../gate/stages.ts';
import { filterAnswer } from '../hub/answers.ts';
import type { Breakage, Exchange } from '../wire/exchange.ts';
import type { AnswerSink, HubAnswer, Running } from '../wire/hub-request.ts';
import { type DoorParts, refusalAnswer } from './answering.ts';
import { judge } from './judge.ts';
import { type OpenRecord, openRecord } from './record.ts';
import { BodyTooLarge, type OutboundBody, outboundBody } from './request-body.ts';

/** One request on its way through the door. */
interface Passage {
  readonly exchange: Exchange;
  readonly parts: DoorParts;
  readonly record: OpenRecord;
  /** Under way to the hub. */
  running: Running | undefined;
  /** The client is gone, or answered. */
  over: boolean;
}

/** Serves one request; resolves when its fate is sealed, though the answer may still be going out. */
export async function serveRequest(exchange: Exchange, parts: DoorParts): Promise<void> {
  const { method, peer } = exchange.inbound;
  const opening = { requestId: parts.newRequestId(), door: 'http', method, peer } as const;
  const record = openRecord(opening, parts.onSettled);
  const passage: Passage = { exchange, parts, record, running: undefined, over: false };
  exchange.onBroken(breakage => broken(passage, breakage));
  try {
    await decideAndForward(passage);
  } catch (error) {
    fail(passage, 'internal-error', error instanceof Error ? error.name : '');
  }
}

async function decideAndForward(passage: Passage): Promise<void> {
  const { exchange, parts, record } = passage;
  if (passage.over) return;
  if (exchange.fault !== null) {
    answerRefusal(passage, refuse(exchange.fault));
    return;
  }
  const { settled, policy } = await judge(exchange.inbound, parts.gate);
  record.trail = settled.trail;
  record.decision = settled.kind;
  if (settled.kind === 'refuse') answerRefusal(passage, settled.refusal);
  else if (settled.request.protocol !== 'http') answerRefusal(passage, refuse('upgrade-unsupported'));
  else await forward(passage, settled.request, policy);
}

/** Answers with a refusal; nothing may have been answered yet. */
function answerRefusal(passage: Passage, refusal: Refusal): void {
  const { exchange, record } = passage;
  record.refusal ??= refusal;
  if (passage.over) {
    record.settle();
    return;
  }
  passage.over = true;
  if (record.decision === 'none') record.decision = 'refuse';
  const { head, body } = refusalAnswer(refusal, exchange.inbound, record.requestId);
  record.status = head.status;
  record.bytesDown = body.length;
  record.complete = true;
  exchange.start({ ...head, closes: head.closes || exchange.bodyPending });
  if (body.length > 0) exchange.write(body);
  exchange.finish();
  record.settle();
}

/** The client went, or sends what is no request any more. */
function broken(passage: Passage, breakage: Breakage): void {
  passage.running?.abort();
  if (breakage === null) {
    passage.over = true;
    passage.record.settle();
  } else fail(passage, breakage, '');
}

/** A half answer is cut, so that nobody takes it for a whole one. */
function fail(passage: Passage, reason: ReasonId, detail: string): void {
  const { exchange, record } = passage;
  if (passage.over) return;
  if (!exchange.started) {
    answerRefusal(passage, refuse(reason, detail));
    return;
  }
  passage.over = true;
  record.refusal = refuse(reason, detail);
  exchange.cut();
  record.settle();
}

/** Sends up what was allowed. A body that had to be read whole first may have taken long: then the gate is asked again. */
async function forward(passage: Passage, request: OutboundRequest, policy: Policy): Promise<void> {
  const { exchange } = passage;
  if (request.body !== 'none') exchange.acceptBody();
  const outbound = await bodyOf(passage, request, policy);
  if ('reason' in outbound) {
    answerRefusal(passage, outbound);
    return;
  }
  if (passage.over) return;
  if (request.body === 'measure') await judgeAgain(passage, outbound);
  else send(passage, outbound, request, policy);
}

function bodyOf(passage: Passage, request: OutboundRequest, policy: Policy): Promise<OutboundBody | Refusal> {
  const { exchange, record } = passage;
  const onBytes = (bytes: number): void => {
    record.bytesUp += bytes;
  };
  const limit = policy.limits.bodyBytes;
  return outboundBody(request.body, { inbound: exchange.inbound, body: exchange.body, limit, onBytes });
}

async function judgeAgain(passage: Passage, outbound: OutboundBody): Promise<void> {
  const { exchange, parts, record } = passage;
  const { settled, policy } = await judge(exchange.inbound, parts.gate);
  record.trail = settled.trail;
  record.decision = settled.kind;
  if (settled.kind === 'refuse') answerRefusal(passage, settled.refusal);
  else if (!passage.over) send(passage, outbound, settled.request, policy);
}

function send(passage: Passage, outbound: OutboundBody, request: OutboundRequest, policy: Policy): void {
  const { exchange, parts } = passage;
  const { method, target } = request;
  const fields = [...request.fields, ...outbound.framing];
  const running = parts.hub.forward({ method, target, fields, body: outbound.body }, relayTo(passage, request, policy));
  passage.running = running;
  exchange.onDrain(() => running.resume());
}

/** Passes the hub's answer on as it comes. */
function relayTo(passage: Passage, request: OutboundRequest, policy: Policy): AnswerSink {
  const { exchange, record } = passage;
  return {
    head(answer) {
      record.status = answer.status;
      exchange.start({ ...answerHead(answer, request, policy), closes: false });
    },
    data(chunk) {
      record.bytesDown += chunk.length;
      return exchange.write(chunk);
    },
    end() {
      passage.over = true;
      record.complete = true;
      exchange.finish();
      record.settle();
    },
    failed(reason, detail, cause) {
      if (cause instanceof BodyTooLarge) fail(passage, 'body-too-large', 'over limits.bodyBytes');
      else fail(passage, reason, detail);
    },
  };
}

function answerHead(
  answer: HubAnswer,
  request: OutboundRequest,
  policy: Policy,
): Pick<HubAnswer, 'status' | 'phrase' | 'fields'> {
  const { status, phrase, contentLength } = answer;
  const kept = filterAnswer(answer.fields, request, policy);
  const fields = contentLength === null ? kept : [...kept, ['Content-Length', contentLength] as const];
  return { status, phrase, fields };
}
