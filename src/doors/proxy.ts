/** The door for requests: asks the gate, and carries out its word. */
import type { Duplex } from 'node:stream';
import type { Finding } from '../gate/lookups.ts';
import type { Policy } from '../gate/policy.ts';
import { isRefusal, type Refusal, refuse } from '../gate/reasons.ts';
import { isHubLogout } from '../gate/request/errand.ts';
import { admissionOf, type Forward } from '../gate/review.ts';
import type { Delivery, InboundRequest, OutboundRequest } from '../gate/stages.ts';
import { type FieldLine, listElements, valuesOf } from '../http/field.ts';
import { filterAnswer } from '../hub/answers.ts';
import type { Breakage, Exchange, ExchangeEvents } from '../wire/downstream/exchange.ts';
import type { Running } from '../wire/upstream/hub-request.ts';
import type { DoorParts } from './answering.ts';
import { carryDelivery } from './delivering.ts';
import { type BodyHolder, type Judgement, judge, type Settled } from './judge.ts';
import type { OpenSockets } from './open-sockets.ts';
import { type OpenRecord, openRecord } from './record.ts';
import { Reply, type SwitchTaker } from './reply.ts';
import { measureBody, measuredFraming, streamBody, streamFraming, type WholeBody, wholeBody } from './request-body.ts';
import { type TurnedCookie, turnedCookie } from './session/cookie-lines.ts';
import { endAtGate, endUserWith } from './session/logout.ts';
import { answerOwnCall, type Caller } from './session/own-calls.ts';
import { spendCodes, withoutCode } from './session/spent-codes.ts';
import { turnRefusal } from './session/turned-refusal.ts';
import { switchAnswer, tunnel } from './websocket.ts';
import type { WholeAnswer } from './whole-answer.ts';

/** CONNECT and other switches are not what the WebSocket door is called after. */
function doorOf({ method, fields }: InboundRequest): 'websocket' | 'http' {
  const values = valuesOf(fields, 'upgrade');
  if (values.length === 0 || method === 'CONNECT') return 'http';
  return listElements(values).some(protocol => protocol.toLowerCase() === 'websocket') ? 'websocket' : 'http';
}

/** Serves one request; its fate is on record once it is sealed. */
export function serveRequest(exchange: Exchange, parts: DoorParts, sockets: OpenSockets): void {
  const passage = new Passage(exchange, parts, sockets);
  exchange.listen(passage);
  passage.decide(judged => passage.carryOut(judged));
}

/** One request on its way through the door; its answer is the reply's. */
class Passage implements ExchangeEvents, BodyHolder, SwitchTaker {
  readonly #exchange: Exchange;
  readonly #parts: DoorParts;
  readonly #sockets: OpenSockets;
  readonly #record: OpenRecord;
  readonly #reply: Reply;
  /** The body, where the gate asked to read it before it decides. */
  #reading: Promise<WholeBody | Refusal> | null = null;
  #read: Buffer | null = null;
  #allowed: Forward | null = null;
  /** How often sessions had been ended when the gate was asked: one that ends while it looks something up has been found before. */
  #endings = 0;
  /** What belongs to the request is posted to the hub. */
  #isDelivered = false;

  constructor(exchange: Exchange, parts: DoorParts, sockets: OpenSockets) {
    const { method, peer } = exchange.inbound;
    const door = parts.audience === 'servers' ? 'servers' : doorOf(exchange.inbound);
    const opening = { requestId: parts.newRequestId(), door, method, peer } as const;
    this.#exchange = exchange;
    this.#parts = parts;
    this.#sockets = sockets;
    this.#record = openRecord(opening, parts.onSettled);
    this.#reply = new Reply(exchange, parts, this.#record, this);
  }

  /** Asks the gate, and goes on with its word unless the client has gone meanwhile. */
  decide(goOn: (judged: Judgement) => void, inbound: InboundRequest = this.#exchange.inbound): void {
    if (this.#reply.over) return;
    const { fault } = this.#exchange;
    if (fault !== null) {
      this.#reply.refuse(refuse(fault));
      return;
    }
    this.#endings = this.#sockets.endings;
    this.#reply.guard(() => {
      const judged = judge(inbound, this.#parts.gate, this);
      if (!(judged instanceof Promise)) goOn(judged);
      else this.#reply.goOnWith(judged, goOn);
    });
  }

  #note({ settled }: Judgement): void {
    this.#record.trail = settled.trail;
    this.#record.decision = settled.kind;
    if (settled.kind !== 'forward') return;
    this.#reply.keepToken(settled.request.spends);
    this.#allowed = settled;
    if (!this.#sessionsEnded) this.#sockets.prolong(settled, this.#exchange.inbound.peer);
  }

  carryOut(judged: Judgement): void {
    this.#note(judged);
    const cookie = turnedCookie(judged, this.#parts.gate.clock.wall());
    if (!(cookie instanceof Promise)) this.#carryOut(judged, cookie);
    else this.#reply.goOnWith(cookie, sealed => this.#carryOut(judged, sealed));
  }

  #carryOut(judged: Judgement, cookie: TurnedCookie | null): void {
    const { settled, policy } = judged;
    this.#reply.cookie = cookie;
    if (settled.kind === 'refuse') this.#refuseOrTurn(settled, judged);
    else if (this.#reply.over) this.#record.settle();
    else if (settled.kind === 'answer') answerOwnCall(this.#asCaller, judged, settled.call);
    else if (this.#admit(settled.request, policy)) this.#begin(settled.request, policy);
  }

  #refuseOrTurn(settled: Extract<Settled, { kind: 'refuse' }>, judged: Judgement): void {
    const { refusal, codes } = settled;
    const { inbound } = this.#exchange;
    const { sessions } = judged;
    if (codes === undefined || sessions === undefined)
      this.#reply.turn(refusal, turnRefusal(refusal, inbound, judged, this.#parts.gate.clock.wall()));
    else
      this.#reply.goOnWith(spendCodes(codes, sessions), () =>
        this.#reply.turn(refusal, withoutCode(refusal, inbound, judged)),
      );
  }

  get #asCaller(): Caller {
    const { onBytes } = this.#bodyEvents;
    const judgeAgain: Caller['judgeAgain'] = (inbound, goOn) =>
      this.decide(judged => {
        this.#note(judged);
        goOn(judged);
      }, inbound);
    return {
      exchange: this.#exchange,
      reply: this.#reply,
      now: this.#parts.gate.clock.wall,
      endUser: this.#endUser,
      onBytes,
      judgeAgain,
    };
  }

  readBody(maxBytes: number): Promise<Finding> {
    const { bodyBytes } = this.#parts.gate.inForce().policy.limits;
    const limit = bodyBytes === 0 ? maxBytes : Math.min(bodyBytes, maxBytes);
    this.#reading ??= wholeBody(this.#exchange, limit, this.#bodyEvents.onBytes);
    return this.#reading.then(finding => {
      if ('bytes' in finding) this.#read = finding.bytes;
      return finding;
    });
  }

  /** A logout at the hub is one at the gate, first of all. */
  #begin(request: OutboundRequest, policy: Policy): void {
    const allowed = this.#allowed;
    if (allowed === null || !isHubLogout(request)) this.#beginOwn(request, policy);
    else
      this.#reply.goOnWith(endAtGate(allowed, this.#parts.gate.inForce(), this.#endUser), () => {
        if (!this.#reply.over) this.#beginOwn(request, policy);
      });
  }

  #beginOwn(request: OutboundRequest, policy: Policy): void {
    const { delivery } = request;
    if (delivery !== undefined && !this.#isDelivered) this.#deliver(request, delivery, policy);
    else this.#beginSending(request, policy);
  }

  /** What the gate posts itself goes first; the hub may take long, so that the gate is asked again under another policy. */
  #deliver(request: OutboundRequest, delivery: Delivery, policy: Policy): void {
    const onRunning = (running: Running): void => {
      this.#reply.running = running;
      if (this.#reply.over) running.abort();
    };
    const { hub, gate } = this.#parts;
    const delivered = carryDelivery(request, delivery, { hub, book: gate.inForce().deliveries }, onRunning);
    this.#reply.goOnWith(delivered, outcome => {
      if (this.#reply.over) return;
      if (outcome !== 'done' && 'reason' in outcome) this.#reply.refuse(outcome);
      else if (outcome !== 'done') this.#answerWhole(request, policy, outcome.answer);
      else {
        this.#isDelivered = true;
        if (this.#parts.gate.inForce().policy === policy) this.#beginSending(request, policy);
        else this.decide(judged => this.carryOut(judged));
      }
    });
  }

  #answerWhole(request: OutboundRequest, policy: Policy, { body, ...head }: WholeAnswer): void {
    this.#reply.sent = { request, policy };
    this.#reply.head({ ...head, contentLength: String(body.length) });
    this.#reply.data(body, null);
    this.#reply.end();
  }

  #beginSending(request: OutboundRequest, policy: Policy): void {
    const body = this.#read;
    if (body !== null) this.#send(request, policy, { framing: measuredFraming(body), body });
    else if (request.body === 'measure') this.#measure(policy);
    else if (request.body === 'stream') this.#stream(request, policy);
    else this.#send(request, policy, { framing: [], body: null });
  }

  /** False: the user has too much under way. Who is judged once more keeps the place, unless it is another's now. */
  #admit(request: OutboundRequest, policy: Policy): boolean {
    const before = this.#reply.place;
    if (before.user !== undefined && before.user === request.visitor) return true;
    const place = this.#parts.users.admit(request, policy.limits);
    if (isRefusal(place)) {
      this.#record.decision = 'refuse';
      this.#reply.refuse(place);
      return false;
    }
    before.leave();
    this.#reply.place = place;
    return true;
  }

  #stream(request: OutboundRequest, policy: Policy): void {
    const { framing } = this.#exchange;
    const isEmpty = framing.kind === 'length' && framing.bytes === 0;
    const running = this.#send(request, policy, {
      framing: streamFraming(framing),
      body: isEmpty ? null : 'stream',
    });
    if (!isEmpty && !this.#reply.over)
      this.#exchange.takeBody(streamBody(running, policy.limits.bodyBytes, this.#bodyEvents));
  }

  /** A body that has to be read whole first may take long: then the gate is asked again. */
  #measure(policy: Policy): void {
    const onWhole = (body: Buffer): void =>
      this.decide(judged => {
        this.#note(judged);
        const { settled } = judged;
        if (settled.kind === 'refuse') this.#reply.refuse(settled.refusal);
        else if (settled.kind === 'forward' && !this.#reply.over && this.#admit(settled.request, judged.policy))
          this.#send(settled.request, judged.policy, { framing: measuredFraming(body), body });
      });
    const { framing } = this.#exchange;
    this.#exchange.takeBody(measureBody(framing, policy.limits.bodyBytes, { ...this.#bodyEvents, onWhole }));
  }

  get #bodyEvents(): { onBytes: (bytes: number) => void; onRefused: (refusal: Refusal) => void } {
    return {
      onBytes: bytes => {
        this.#record.bytesUp += bytes;
      },
      onRefused: refusal => this.#reply.fail(refusal),
    };
  }

  #send(
    request: OutboundRequest,
    policy: Policy,
    outbound: { readonly framing: readonly FieldLine[]; readonly body: 'stream' | Buffer | null },
  ): Running {
    const { method, target, protocol } = request;
    const fields = outbound.framing.length === 0 ? request.fields : [...request.fields, ...outbound.framing];
    this.#reply.sent = { request, policy };
    const running = this.#parts.hub.forward({ method, target, fields, body: outbound.body, protocol }, this.#reply);
    this.#reply.running = running;
    return running;
  }

  get #endUser(): (hubUser: string) => void {
    return endUserWith(this.#sockets, this.#parts.gate.inForce);
  }

  /** The client went, or sends what is no request any more. */
  broken(breakage: Breakage, detail: string): void {
    this.#reply.running?.abort();
    if (breakage === null) this.#reply.abandon();
    else this.#reply.fail(refuse(breakage, detail));
  }

  drained(): void {
    this.#reply.running?.resume();
  }

  get #sessionsEnded(): boolean {
    return this.#endings !== this.#sockets.endings;
  }

  /** Whether what let the client ask is all there is to say. */
  get #stillStands(): boolean {
    return this.#reply.sent?.policy === this.#parts.gate.inForce().policy && !this.#sessionsEnded;
  }

  switched(fields: readonly FieldLine[], hub: Duplex, early: Buffer): void {
    this.#reply.switchedTo = hub;
    const isOver = this.#allowed !== null && this.#sockets.isOver(this.#allowed);
    if (isOver && !this.#reply.over) this.#judgeSwitch(fields, { hub, early });
    else this.#joinIfLetIn(fields, { hub, early });
  }

  /** The hub may have taken long: where the proof has ended, the policy is another by now, or sessions have been ended, the gate is asked again. */
  #joinIfLetIn(fields: readonly FieldLine[], ends: { readonly hub: Duplex; readonly early: Buffer }): void {
    if (this.#reply.over || this.#stillStands) this.#reply.guard(() => this.#join(fields, ends));
    else this.#judgeSwitch(fields, ends);
  }

  #judgeSwitch(fields: readonly FieldLine[], ends: { readonly hub: Duplex; readonly early: Buffer }): void {
    this.decide(judged => {
      this.#note(judged);
      const { settled, policy } = judged;
      if (settled.kind === 'refuse') this.#reply.refuse(settled.refusal);
      else if (settled.kind === 'forward' && (this.#reply.over || this.#admit(settled.request, policy))) {
        this.#reply.sent = { request: settled.request, policy };
        this.#joinIfLetIn(fields, ends);
      }
    });
  }

  #join(fields: readonly FieldLine[], { hub, early }: { readonly hub: Duplex; readonly early: Buffer }): void {
    const sent = this.#reply.sent;
    const allowed = this.#allowed;
    if (this.#reply.over || sent === null || allowed === null) {
      hub.destroy();
      return;
    }
    const kept = filterAnswer(fields, sent.request, sent.policy);
    this.#reply.over = true;
    const client = this.#exchange.switchProtocols(switchAnswer(kept));
    this.#reply.place.switched();
    const admission = admissionOf(allowed, this.#exchange.inbound.peer);
    const opened = { admission, record: this.#record, place: this.#reply.place };
    tunnel({ client, hub, early }, opened, this.#sockets);
  }
}
