/** The WebSocket door: the same decision, then bytes both ways for as long as both ends want. */
import type { Policy } from '../gate/policy.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { InboundRequest, OutboundRequest } from '../gate/stages.ts';
import { type FieldLine, listElements, valuesOf } from '../http/field.ts';
import { filterAnswer } from '../hub/answers.ts';
import type { Handshake } from '../wire/exchange.ts';
import { coupleStreams, type StreamPair } from '../wire/stream-pair.ts';
import type { HubHandshake } from '../wire/tunnel.ts';
import { type DoorParts, refusalAnswer } from './answering.ts';
import { judge, type Settled } from './judge.ts';
import { type OpenRecord, openRecord } from './record.ts';

/** WebSockets that are open. */
export interface OpenTunnels {
  add(pair: StreamPair): void;
  /** Ends all of them, and any that comes later; their clients get this code in a Close frame where one fits. */
  closeAll(code: number): void;
}

/** An empty house. */
export function openTunnels(): OpenTunnels {
  const pairs = new Set<StreamPair>();
  let closing: number | undefined;
  return {
    add(pair) {
      pairs.add(pair);
      void pair.closed.then(() => pairs.delete(pair));
      if (closing !== undefined) pair.close(closing);
    },
    closeAll(code) {
      closing = code;
      for (const pair of pairs) pair.close(code);
    },
  };
}

/** One handshake on its way through the door. */
interface Passage {
  readonly handshake: Handshake;
  readonly parts: DoorParts;
  readonly tunnels: OpenTunnels;
  readonly record: OpenRecord;
  /** Ends what is under way to the hub. */
  readonly hub: AbortController;
  over: boolean;
}

/** CONNECT and other switches are not what the door is called after. */
function doorOf({ method, fields }: InboundRequest): 'websocket' | 'http' {
  const protocols = listElements(valuesOf(fields, 'upgrade')).map(protocol => protocol.toLowerCase());
  return method !== 'CONNECT' && protocols.includes('websocket') ? 'websocket' : 'http';
}

/** Serves one protocol switch; resolves when the connection is a tunnel, or answered. */
export async function serveHandshake(handshake: Handshake, parts: DoorParts, tunnels: OpenTunnels): Promise<void> {
  const { method, peer } = handshake.inbound;
  const opening = { requestId: parts.newRequestId(), door: doorOf(handshake.inbound), method, peer };
  const record = openRecord(opening, parts.onSettled);
  const passage: Passage = { handshake, parts, tunnels, record, hub: new AbortController(), over: false };
  handshake.onBroken(breakage => {
    passage.hub.abort();
    if (breakage !== null) answerRefusal(passage, refuse(breakage, 'bytes before the switch was answered'));
    passage.over = true;
    record.settle();
  });
  try {
    await decideAndSwitch(passage);
  } catch (error) {
    answerRefusal(passage, refuse('internal-error', error instanceof Error ? error.name : ''));
  }
}

function answerRefusal(passage: Passage, refusal: Refusal): void {
  const { handshake, record } = passage;
  if (passage.over) return;
  passage.over = true;
  if (record.decision === 'none') record.decision = 'refuse';
  const { head, body } = refusalAnswer(refusal, handshake.inbound, record.requestId);
  record.refusal = refusal;
  record.status = head.status;
  record.bytesDown = body.length;
  record.complete = true;
  handshake.refuse(head, body);
  record.settle();
}

/** Only the gate's own WebSocket handshakes pass; CONNECT and other switches are refused by it, or here. */
function refusalOf(settled: Settled): Refusal | null {
  if (settled.kind === 'refuse') return settled.refusal;
  return settled.request.protocol === 'websocket' ? null : refuse('upgrade-unsupported');
}

async function decideAndSwitch(passage: Passage): Promise<void> {
  const { handshake, parts, record } = passage;
  if (passage.over) return;
  if (handshake.fault !== null) {
    answerRefusal(passage, refuse(handshake.fault));
    return;
  }
  const { settled, policy } = await judge(handshake.inbound, parts.gate);
  record.trail = settled.trail;
  record.decision = settled.kind;
  const refusal = refusalOf(settled);
  if (refusal !== null || settled.kind !== 'forward') {
    answerRefusal(passage, refusal ?? refuse('internal-error'));
    return;
  }
  if (passage.over) return;
  const { request } = settled;
  const outcome = await parts.hub.handshake(request.target, request.fields, passage.hub.signal);
  conclude(passage, outcome, request, policy);
}

/** What of a 101 is the client's to see. */
const switchFields: ReadonlySet<string> = new Set([
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'set-cookie',
]);

function conclude(passage: Passage, outcome: HubHandshake, request: OutboundRequest, policy: Policy): void {
  if (outcome.kind === 'failed') {
    answerRefusal(passage, refuse(outcome.reason, outcome.detail));
    return;
  }
  if (passage.over) {
    passage.hub.abort();
    return;
  }
  passage.over = true;
  const filtered = (fields: readonly FieldLine[]): FieldLine[] => filterAnswer(fields, request, policy);
  if (outcome.kind === 'answered') relayAnswer(passage, outcome, filtered);
  else {
    const fields = filtered(outcome.fields).filter(([name]) => switchFields.has(name.toLowerCase()));
    const client = passage.handshake.accept([['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ...fields]);
    couple(passage, coupleStreams(client, outcome.socket));
  }
}

function relayAnswer(
  passage: Passage,
  outcome: Extract<HubHandshake, { kind: 'answered' }>,
  filtered: (fields: readonly FieldLine[]) => FieldLine[],
): void {
  const { handshake, record } = passage;
  const { status, phrase, fields, contentLength } = outcome.answer;
  const kept = filtered(fields);
  const framed = contentLength === null ? kept : [...kept, ['Content-Length', contentLength] as const];
  record.status = status;
  outcome.body.on('data', (chunk: Buffer) => {
    record.bytesDown += chunk.length;
  });
  outcome.body.once('close', () => {
    record.complete = outcome.body.readableEnded;
    record.settle();
  });
  handshake.relay({ status, phrase, fields: framed, closes: true }, outcome.body);
}

function couple(passage: Passage, pair: StreamPair): void {
  const { record, tunnels } = passage;
  record.status = 101;
  tunnels.add(pair);
  void pair.closed.then(() => {
    record.bytesUp = pair.bytesUp;
    record.bytesDown = pair.bytesDown;
    record.complete = true;
    record.settle();
  });
}
