/** The door for requests: asks the gate, forwards what it allows, and relays what the hub answers. */
import type { Duplex } from 'node:stream';
import type { GateCall } from '../gate/calls.ts';
import type { Finding } from '../gate/lookups.ts';
import type { Policy } from '../gate/policy.ts';
import { isRefusal, type ReasonId, type Refusal, refuse } from '../gate/reasons.ts';
import { isHubLogout } from '../gate/request/errand.ts';
import { admissionOf, type Forward } from '../gate/review.ts';
import type { Delivery, InboundRequest, OutboundRequest } from '../gate/stages.ts';
import { type FieldLine, listElements, valuesOf } from '../http/field.ts';
import { filterAnswer } from '../hub/answers.ts';
import { withExpiries } from '../hub/stale-cookies.ts';
import type { AnswerHead, Breakage, Exchange, ExchangeEvents } from '../wire/downstream/exchange.ts';
import type { ReadBuffer } from '../wire/read-buffer.ts';
import type { AnswerSink, HubAnswer, Running } from '../wire/upstream/hub-request.ts';
import { type DoorParts, ownAnswer, refusalAnswer } from './answering.ts';
import { carryDelivery } from './delivering.ts';
import { type BodyHolder, type Judgement, judge } from './judge.ts';
import type { OpenSockets } from './open-sockets.ts';
import { type OpenRecord, openRecord } from './record.ts';
import { measureBody, measuredFraming, streamBody, streamFraming, type WholeBody, wholeBody } from './request-body.ts';
import { awaitedKernel } from './session/awaited-kernel.ts';
import { turnedCookie, withCookie } from './session/cookie-lines.ts';
import { mostFormBytes, readForm, withToken } from './session/form.ts';
import { afterHubLogout, endAtGate, endUserWith, loggedOutAlready } from './session/logout.ts';
import { redirect } from './session/own-answer.ts';
import { answerCall } from './session/own-answers.ts';
import { signIn } from './session/sign-in.ts';
import { type Place, uncounted } from './users-under-way.ts';
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

/** One request on its way through the door, and its answer on the way back. */
class Passage implements ExchangeEvents, AnswerSink, BodyHolder {
  readonly #exchange: Exchange;
  readonly #parts: DoorParts;
  readonly #sockets: OpenSockets;
  readonly #record: OpenRecord;
  /** The body, where the gate asked to read it before it decides. */
  #reading: Promise<WholeBody | Refusal> | null = null;
  #read: Buffer | null = null;
  /** Under way to the hub. */
  #running: Running | null = null;
  /** What went up, and the policy that said so. */
  #sent: { readonly request: OutboundRequest; readonly policy: Policy } | null = null;
  /** Who was let in, and how often sessions had been ended by then. */
  #allowed: Forward | null = null;
  #endings = 0;
  /** Has switched, and waits for the gate's second word. */
  #switched: Duplex | null = null;
  /** Given up before the client is told the end: its next request may be here already. */
  #place: Place = uncounted;
  /** What becomes of the browser's session cookie with the answer; null: it stays. */
  #cookie: FieldLine | null = null;
  /** What to say before the hub's answer, of what was delivered with the request; null: nothing was. */
  #delivered: readonly FieldLine[] | null = null;
  /** The hub's answer is not what the client gets. */
  #isOwnAnswer = false;
  /** The client is gone, or answered. */
  #over = false;

  constructor(exchange: Exchange, parts: DoorParts, sockets: OpenSockets) {
    const { method, peer } = exchange.inbound;
    const door = parts.audience === 'servers' ? 'servers' : doorOf(exchange.inbound);
    const opening = { requestId: parts.newRequestId(), door, method, peer } as const;
    this.#exchange = exchange;
    this.#parts = parts;
    this.#sockets = sockets;
    this.#record = openRecord(opening, parts.onSettled);
  }

  /** Asks the gate, and goes on with its word unless the client has gone meanwhile. */
  decide(goOn: (judged: Judgement) => void, inbound: InboundRequest = this.#exchange.inbound): void {
    if (this.#over) return;
    const { fault } = this.#exchange;
    if (fault !== null) {
      this.#refuse(refuse(fault));
      return;
    }
    this.#guard(() => {
      const judged = judge(inbound, this.#parts.gate, this);
      if (!(judged instanceof Promise)) goOn(judged);
      else
        judged.then(
          late => this.#guard(() => goOn(late)),
          error => this.#foundBug(error),
        );
    });
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#foundBug(error);
    }
  }

  #foundBug(error: unknown): void {
    this.#running?.abort();
    this.#fail(refuse('internal-error', error instanceof Error ? error.name : ''));
  }

  #note({ settled }: Judgement): void {
    this.#record.trail = settled.trail;
    this.#record.decision = settled.kind;
    if (settled.kind !== 'forward') return;
    this.#allowed = settled;
    this.#endings = this.#sockets.endings;
    this.#sockets.prolong(settled, this.#exchange.inbound.peer);
  }

  carryOut(judged: Judgement): void {
    this.#note(judged);
    const cookie = turnedCookie(judged, this.#parts.gate.now());
    if (!(cookie instanceof Promise)) this.#carryOut(judged, cookie);
    else
      cookie.then(
        sealed => this.#guard(() => this.#carryOut(judged, sealed)),
        error => this.#foundBug(error),
      );
  }

  #carryOut(judged: Judgement, cookie: FieldLine | null): void {
    const { settled, policy } = judged;
    this.#cookie = cookie;
    if (settled.kind === 'refuse') this.#refuseOrSignIn(settled.refusal, judged);
    else if (this.#over) this.#record.settle();
    else if (settled.kind === 'answer') this.#answerOwn(judged, settled.call);
    else if (this.#admit(settled.request, policy)) this.#begin(settled.request, policy);
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

  /** One of the gate's own endpoints; what stands in a form is judged as if it had come in the head. */
  #answerOwn(judged: Judgement, call: GateCall): void {
    if (call.call !== 'read-form' && call.call !== 'hand-over') this.#say(judged, call, this.#exchange.inbound);
    else if (!this.#exchange.bodyPending) this.#handOver(new Uint8Array());
    else
      wholeBody(this.#exchange, mostFormBytes, this.#bodyEvents.onBytes).then(
        found => this.#guard(() => ('bytes' in found ? this.#handOver(found.bytes) : this.#refuse(found))),
        error => this.#foundBug(error),
      );
  }

  #handOver(body: Uint8Array): void {
    const form = readForm(body, this.#exchange.inbound);
    if (isRefusal(form)) {
      this.#refuse(form);
      return;
    }
    const shown = withToken(this.#exchange.inbound, form);
    if (isRefusal(shown)) this.#refuse(shown);
    else
      this.decide(judged => {
        this.#note(judged);
        const { settled } = judged;
        if (settled.kind === 'refuse') this.#refuse(settled.refusal);
        else if (settled.kind === 'answer') this.#say(judged, settled.call, shown, form.next);
      }, shown);
  }

  #say({ policy, sessions }: Judgement, call: GateCall, inbound: InboundRequest, next?: string): void {
    if (call.call === 'to-hub') {
      this.#reply(ownAnswer(redirect(302, call.location), inbound));
      return;
    }
    const rules = policy.session;
    if (rules === undefined || sessions === undefined) throw new TypeError('an own endpoint without sessions');
    const asked = { inbound, policy, rules, sessions, now: this.#parts.gate.now(), endUser: this.#endUser, next };
    answerCall(call, asked).then(
      answer => this.#guard(() => (isRefusal(answer) ? this.#refuse(answer) : this.#reply(ownAnswer(answer, inbound)))),
      error => this.#foundBug(error),
    );
  }

  /** A logout at the hub is one at the gate, first of all. */
  #begin(request: OutboundRequest, policy: Policy): void {
    const allowed = this.#allowed;
    if (allowed === null || !isHubLogout(request)) this.#beginOwn(request, policy);
    else
      endAtGate(allowed, this.#parts.gate.inForce(), this.#parts.gate.now(), this.#endUser).then(
        () =>
          this.#guard(() => {
            if (!this.#over) this.#beginOwn(request, policy);
          }),
        error => this.#foundBug(error),
      );
  }

  #beginOwn(request: OutboundRequest, policy: Policy): void {
    const { delivery } = request;
    if (delivery !== undefined && this.#delivered === null) this.#deliver(request, delivery, policy);
    else this.#beginSending(request, policy);
  }

  /** What the gate posts itself goes first; the hub may take long, so that the gate is asked again under another policy. */
  #deliver(request: OutboundRequest, delivery: Delivery, policy: Policy): void {
    const onRunning = (running: Running): void => {
      this.#running = running;
      if (this.#over) running.abort();
    };
    const { hub, gate } = this.#parts;
    carryDelivery(request, delivery, { hub, book: gate.inForce().deliveries }, onRunning).then(
      outcome =>
        this.#guard(() => {
          if (this.#over) return;
          if ('reason' in outcome) this.#refuse(outcome);
          else if ('answer' in outcome) this.#answerWhole(request, policy, outcome.answer);
          else {
            this.#delivered = outcome.setCookies;
            if (this.#parts.gate.inForce().policy === policy) this.#beginSending(request, policy);
            else this.decide(judged => this.carryOut(judged));
          }
        }),
      error => this.#foundBug(error),
    );
  }

  #answerWhole(request: OutboundRequest, policy: Policy, { body, ...head }: WholeAnswer): void {
    this.#sent = { request, policy };
    this.head({ ...head, contentLength: String(body.length) });
    this.data(body, null);
    this.end();
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
    const before = this.#place;
    if (before.user !== undefined && before.user === request.visitor) return true;
    const place = this.#parts.users.admit(request, policy.limits);
    if (isRefusal(place)) {
      this.#record.decision = 'refuse';
      this.#refuse(place);
      return false;
    }
    before.leave();
    this.#place = place;
    return true;
  }

  #stream(request: OutboundRequest, policy: Policy): void {
    const { framing } = this.#exchange;
    const isEmpty = framing.kind === 'length' && framing.bytes === 0;
    const running = this.#send(request, policy, {
      framing: streamFraming(framing),
      body: isEmpty ? null : 'stream',
    });
    if (!isEmpty && !this.#over)
      this.#exchange.takeBody(streamBody(running, policy.limits.bodyBytes, this.#bodyEvents));
  }

  /** A body that has to be read whole first may take long: then the gate is asked again. */
  #measure(policy: Policy): void {
    const onWhole = (body: Buffer): void =>
      this.decide(judged => {
        this.#note(judged);
        const { settled } = judged;
        if (settled.kind === 'refuse') this.#refuse(settled.refusal);
        else if (settled.kind === 'forward' && !this.#over && this.#admit(settled.request, judged.policy))
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
      onRefused: refusal => this.#fail(refusal),
    };
  }

  #send(
    request: OutboundRequest,
    policy: Policy,
    outbound: { readonly framing: readonly FieldLine[]; readonly body: 'stream' | Buffer | null },
  ): Running {
    const { method, target, protocol } = request;
    const fields = outbound.framing.length === 0 ? request.fields : [...request.fields, ...outbound.framing];
    this.#sent = { request, policy };
    const running = this.#parts.hub.forward({ method, target, fields, body: outbound.body, protocol }, this);
    this.#running = running;
    return running;
  }

  get #endUser(): (hubUser: string) => void {
    return endUserWith(this.#sockets, this.#parts.gate.inForce);
  }

  #refuseOrSignIn(refusal: Refusal, judged: Judgement): void {
    const { inbound } = this.#exchange;
    const way =
      loggedOutAlready(refusal, inbound, judged.policy) ??
      signIn(refusal, inbound, judged, this.#parts.gate.now()) ??
      awaitedKernel(refusal, inbound, judged) ??
      refusal;
    if (isRefusal(way)) this.#refuse(way);
    else {
      this.#record.refusal = refusal;
      this.#reply(ownAnswer(way, inbound));
    }
  }

  /** What was the request's alone is another's again, or nobody's. */
  #letGo(): void {
    this.#place.leave();
    const token = this.#sent?.request.spends;
    // One that a reload has overtaken ends by itself, within a minute.
    if (token !== undefined) this.#parts.gate.inForce().spent?.(token);
  }

  /** Answers with a refusal; nothing may have been answered yet. */
  #refuse(refusal: Refusal): void {
    const record = this.#record;
    record.refusal ??= refusal;
    if (record.decision !== 'forward') record.decision = 'refuse';
    this.#switched?.destroy();
    const frames = this.#parts.gate.inForce().policy.session?.frames ?? null;
    this.#reply(refusalAnswer(refusal, this.#exchange.inbound, record.requestId, frames));
  }

  /** Answers with the gate's own words; nothing may have been answered yet. */
  #reply({ head, body }: { readonly head: AnswerHead; readonly body: Buffer }): void {
    const record = this.#record;
    this.#letGo();
    if (!this.#over) {
      this.#over = true;
      const { bodyPending, asksToSwitch } = this.#exchange;
      record.status = head.status;
      record.bytesDown = body.length;
      record.complete = true;
      const fields = this.#cookie === null ? head.fields : [...head.fields, this.#cookie];
      this.#exchange.start({ ...head, fields, closes: head.closes || bodyPending || asksToSwitch });
      this.#exchange.write(body, null);
      this.#exchange.finish();
    }
    record.settle();
  }

  /** A half answer is cut, so that nobody takes it for a whole one. */
  #fail(refusal: Refusal): void {
    if (this.#over) return;
    if (!this.#exchange.started) {
      this.#refuse(refusal);
      return;
    }
    this.#over = true;
    this.#letGo();
    this.#record.refusal = refusal;
    this.#exchange.cut();
    this.#record.settle();
  }

  /** The client went, or sends what is no request any more. */
  broken(breakage: Breakage, detail: string): void {
    this.#running?.abort();
    if (breakage !== null) {
      this.#fail(refuse(breakage, detail));
      return;
    }
    this.#over = true;
    this.#letGo();
    this.#record.settle();
  }

  drained(): void {
    this.#running?.resume();
  }

  room(): void {
    this.#exchange.resumeBody();
  }

  #headOf({ status, phrase, fields, contentLength }: HubAnswer, isFinal: boolean): AnswerHead {
    const sent = this.#sent;
    const said = this.#delivered === null ? fields : [...this.#delivered, ...fields];
    let kept = sent === null ? [] : filterAnswer(said, sent.request, sent.policy);
    if (isFinal && sent !== null && sent.request.stale.length > 0)
      kept = withExpiries(kept, sent.request.stale, sent.request.place, sent.policy);
    if (isFinal && this.#cookie !== null) withCookie(kept, this.#cookie);
    if (contentLength !== null) kept.push(['Content-Length', contentLength]);
    return { status, phrase, fields: kept, closes: sent?.request.protocol === 'websocket' };
  }

  interim(answer: HubAnswer): void {
    if (!this.#over) this.#guard(() => this.#exchange.interim(this.#headOf(answer, false)));
  }

  head(answer: HubAnswer): void {
    this.#record.status = answer.status;
    // The hub's proxy says so while the hub is away.
    if (answer.status === 503) this.#forgetDeliveries();
    this.#guard(() => {
      if (!this.#answerLogout(answer.fields)) this.#exchange.start(this.#headOf(answer, true));
    });
  }

  /** Of the hub's answer to a logout only the cookies count. False: it is none, or stands as it is. */
  #answerLogout(fields: readonly FieldLine[]): boolean {
    const sent = this.#sent;
    if (sent === null || !isHubLogout(sent.request)) return false;
    const own = afterHubLogout(fields, sent.request, sent.policy);
    if (own === null) return false;
    this.#cookie = null;
    this.#isOwnAnswer = true;
    this.#reply(ownAnswer(own, this.#exchange.inbound));
    return true;
  }

  data(chunk: Buffer, lender: ReadBuffer | null): boolean {
    if (this.#isOwnAnswer) return true;
    this.#record.bytesDown += chunk.length;
    return this.#exchange.write(chunk, lender);
  }

  flush(): void {
    if (!this.#over) this.#exchange.flush();
  }

  end(): void {
    if (this.#isOwnAnswer) return;
    this.#over = true;
    this.#letGo();
    this.#record.complete = true;
    this.#exchange.finish();
    this.#record.settle();
  }

  /** A hub that was away has forgotten what it was told. */
  #forgetDeliveries(): void {
    this.#parts.gate.inForce().deliveries?.forget();
  }

  failed(reason: ReasonId, detail: string): void {
    if (reason === 'hub-unreachable') this.#forgetDeliveries();
    if (!this.#over && !this.#exchange.started && this.#answerLogout([])) return;
    this.#fail(refuse(reason, detail));
  }

  /** Whether what let the client ask is all there is to say. */
  get #stillStands(): boolean {
    return this.#sent?.policy === this.#parts.gate.inForce().policy && this.#endings === this.#sockets.endings;
  }

  /** The hub may have taken long: where the policy is another by now, or sessions have been ended, the gate is asked again. */
  switched(fields: readonly FieldLine[], hub: Duplex, early: Buffer): void {
    const ends = { hub, early };
    this.#switched = hub;
    if (this.#over || this.#stillStands) this.#guard(() => this.#join(fields, ends));
    else
      this.decide(judged => {
        this.#note(judged);
        const { settled, policy } = judged;
        if (settled.kind === 'refuse') this.#refuse(settled.refusal);
        else if (settled.kind === 'forward' && (this.#over || this.#admit(settled.request, policy))) {
          this.#sent = { request: settled.request, policy };
          this.#join(fields, ends);
        }
      });
  }

  #join(fields: readonly FieldLine[], { hub, early }: { readonly hub: Duplex; readonly early: Buffer }): void {
    const sent = this.#sent;
    const allowed = this.#allowed;
    if (this.#over || sent === null || allowed === null) {
      hub.destroy();
      return;
    }
    const kept = filterAnswer(fields, sent.request, sent.policy);
    this.#over = true;
    const client = this.#exchange.switchProtocols(switchAnswer(kept));
    this.#place.switched();
    const admission = admissionOf(allowed, this.#exchange.inbound.peer);
    const opened = { admission, record: this.#record, place: this.#place };
    tunnel({ client, hub, early }, opened, this.#sockets);
  }
}
