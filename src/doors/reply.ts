/** The one answer that a request gets, the hub's or the gate's own: given once, whole, or cut where all can see it. */
import type { Duplex } from 'node:stream';
import type { Policy } from '../gate/policy.ts';
import { isRefusal, type ReasonId, type Refusal, refuse } from '../gate/reasons.ts';
import { isHubLogout } from '../gate/request/errand.ts';
import type { InboundRequest, OutboundRequest } from '../gate/stages.ts';
import type { FieldLine } from '../http/field.ts';
import { filterAnswer } from '../hub/answers.ts';
import { withExpiries } from '../hub/stale-cookies.ts';
import type { AnswerHead, Exchange } from '../wire/downstream/exchange.ts';
import type { ReadBuffer } from '../wire/read-buffer.ts';
import type { AnswerSink, HubAnswer, Running } from '../wire/upstream/hub-request.ts';
import { type DoorParts, ownAnswer, refusalAnswer, surroundingsOf } from './answering.ts';
import type { OpenRecord } from './record.ts';
import { type TurnedCookie, withCookie } from './session/cookie-lines.ts';
import { afterHubLogout } from './session/logout.ts';
import type { OwnAnswer } from './session/own-answer.ts';
import { type Place, uncounted } from './users-under-way.ts';

/** What went up, and the policy that said so. */
export interface Sent {
  readonly request: OutboundRequest;
  readonly policy: Policy;
}

/** Takes the hub's word that it has switched. */
export type SwitchTaker = Pick<AnswerSink, 'switched'>;

export class Reply implements AnswerSink {
  readonly #exchange: Exchange;
  readonly #parts: DoorParts;
  readonly #record: OpenRecord;
  readonly #taker: SwitchTaker;
  /** The hub's answer is not what the client gets. */
  #isOwnAnswer = false;
  /** The client is gone, or answered. */
  over = false;
  /** Under way to the hub. */
  running: Running | null = null;
  sent: Sent | null = null;
  /** Has switched, and waits for the gate's second word. */
  switchedTo: Duplex | null = null;
  /** Given up before the client is told the end: its next request may be here already. */
  place: Place = uncounted;
  /** What becomes of the browser's session cookie with the answer; null: it stays. */
  cookie: TurnedCookie | null = null;
  /** Minted for this request alone. */
  #token: string | undefined;

  constructor(exchange: Exchange, parts: DoorParts, record: OpenRecord, taker: SwitchTaker) {
    this.#exchange = exchange;
    this.#parts = parts;
    this.#record = record;
    this.#taker = taker;
  }

  /** Does a step of this request's; a bug of ours ends it, and nothing else. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.foundBug(error);
    }
  }

  /** Goes on with what a promise gives, as `guard` does. */
  goOnWith<Value>(promise: Promise<Value>, goOn: (value: Value) => void): void {
    promise.then(
      value => this.guard(() => goOn(value)),
      error => this.foundBug(error),
    );
  }

  foundBug(error: unknown): void {
    this.running?.abort();
    this.fail(refuse('internal-error', error instanceof Error ? error.name : ''));
  }

  /** The client went: there is nobody to answer. */
  abandon(): void {
    this.over = true;
    this.#letGo();
    this.#record.settle();
  }

  /** What was the request's alone is another's again, or nobody's. */
  #letGo(): void {
    this.place.leave();
    this.#spend(this.#token);
    this.#token = undefined;
  }

  /** Keeps what was minted for this request alone until it is over, in the place of one from a decision before. */
  keepToken(token: string | undefined): void {
    if (token === this.#token) return;
    this.#spend(this.over ? token : this.#token);
    if (!this.over) this.#token = token;
  }

  #spend(token: string | undefined): void {
    if (token !== undefined) this.#parts.gate.inForce().spent?.(token);
  }

  /** Answers with a refusal; nothing may have been answered yet. */
  refuse(refusal: Refusal): void {
    const record = this.#record;
    record.refusal ??= refusal;
    if (record.decision !== 'forward') record.decision = 'refuse';
    this.switchedTo?.destroy();
    const surroundings = surroundingsOf(this.#parts.gate.inForce().policy);
    this.#give(refusalAnswer(refusal, this.#exchange.inbound, record.requestId, surroundings));
  }

  /** Answers a refusal with the way on, where there is one. */
  turn(refusal: Refusal, way: OwnAnswer | Refusal): void {
    if (isRefusal(way)) this.refuse(way);
    else {
      this.#record.refusal = refusal;
      this.#record.decision = 'refuse';
      this.giveOwn(way);
    }
  }

  /** Answers with what one of the gate's own endpoints says, or with why it does not; nothing may have been answered yet. */
  giveOwn(answer: OwnAnswer | Refusal, inbound: InboundRequest = this.#exchange.inbound): void {
    if (isRefusal(answer)) this.refuse(answer);
    else this.#give(ownAnswer(answer, inbound));
  }

  get #cookieNow(): FieldLine | null {
    return this.cookie?.stands() === true ? this.cookie.line : null;
  }

  #give({ head, body }: { readonly head: AnswerHead; readonly body: Buffer }): void {
    const record = this.#record;
    this.#letGo();
    if (!this.over) {
      this.over = true;
      const { bodyPending, asksToSwitch } = this.#exchange;
      record.status = head.status;
      record.bytesDown = body.length;
      record.complete = true;
      const cookie = this.#cookieNow;
      const fields = cookie === null ? head.fields : [...head.fields, cookie];
      this.#exchange.start({ ...head, fields, closes: head.closes || bodyPending || asksToSwitch });
      this.#exchange.write(body, null);
      this.#exchange.finish();
    }
    record.settle();
  }

  /** A half answer is cut, so that nobody takes it for a whole one. */
  fail(refusal: Refusal): void {
    if (this.over) return;
    if (!this.#exchange.started) {
      this.refuse(refusal);
      return;
    }
    this.over = true;
    this.#letGo();
    this.#record.refusal = refusal;
    this.#exchange.cut();
    this.#record.settle();
  }

  #headOf({ status, phrase, fields, contentLength }: HubAnswer, isFinal: boolean): AnswerHead {
    const sent = this.sent;
    let kept = sent === null ? [] : filterAnswer(fields, sent.request, sent.policy);
    if (isFinal && sent !== null && sent.request.stale.length > 0)
      kept = withExpiries(kept, sent.request.stale, sent.request.place, sent.policy);
    const cookie = isFinal ? this.#cookieNow : null;
    if (cookie !== null) withCookie(kept, cookie);
    if (contentLength !== null) kept.push(['Content-Length', contentLength]);
    return { status, phrase, fields: kept, closes: sent?.request.protocol === 'websocket' };
  }

  interim(answer: HubAnswer): void {
    if (!this.over) this.guard(() => this.#exchange.interim(this.#headOf(answer, false)));
  }

  head(answer: HubAnswer): void {
    this.#record.status = answer.status;
    // The hub's proxy says so while the hub is away.
    if (answer.status === 503) this.#forgetDeliveries();
    this.guard(() => {
      if (!this.#answerLogout(answer.fields)) this.#exchange.start(this.#headOf(answer, true));
    });
  }

  /** Of the hub's answer to a logout only the cookies count. False: it is none, or stands as it is. */
  #answerLogout(fields: readonly FieldLine[]): boolean {
    const sent = this.sent;
    if (sent === null || !isHubLogout(sent.request)) return false;
    const own = afterHubLogout(fields, sent.request, sent.policy);
    if (own === null) return false;
    this.cookie = null;
    this.#isOwnAnswer = true;
    this.giveOwn(own);
    return true;
  }

  data(chunk: Buffer, lender: ReadBuffer | null): boolean {
    if (this.#isOwnAnswer) return true;
    this.#record.bytesDown += chunk.length;
    return this.#exchange.write(chunk, lender);
  }

  flush(): void {
    if (!this.over) this.#exchange.flush();
  }

  end(): void {
    if (this.#isOwnAnswer) return;
    this.over = true;
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
    if (!this.over && !this.#exchange.started && this.#answerLogout([])) return;
    this.fail(refuse(reason, detail));
  }

  room(): void {
    this.#exchange.resumeBody();
  }

  switched(fields: readonly FieldLine[], hub: Duplex, early: Buffer): void {
    this.#taker.switched(fields, hub, early);
  }
}
