/**
 * WebSockets that are open, and how long: each until the last proof of its user's session ends, until somebody ends the session,
 * or until a reload says no. One look at all of them four times a second takes the place of a timer for each.
 */
import { type Clock, longAgo, type Moment, mayBePast, momentAt, momentIn, remaining } from '../clock.ts';
import type { Policy } from '../gate/policy.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import { type Admission, admissionOf, expiryOf, type Forward, untilOf } from '../gate/review.ts';
import type { Peer } from '../gate/stages.ts';
import type { StreamPair } from '../wire/tunnel/stream-pair.ts';
import { AskingAnew } from './asking-anew.ts';
import type { Gate } from './judge.ts';
import type { OpenRecord } from './record.ts';
import { reviewAll } from './socket-review.ts';
import { Standing } from './standing.ts';

/** Whose WebSockets: all of a user, or those that one issuer's proofs have let in. */
export interface SessionKey {
  /** The hub's name for the user. */
  readonly hubUser: string;
  /** The issuer's url, or the name of an `sso` entry; absent: whoever vouched. */
  readonly issuer?: string;
}

/** Who ended it: the policy (RFC 6455 §7.4.1); the reason's id stands beside it. */
const policyViolation = 1008;

const lookEveryMs = 250;

/** The two clocks part by as much while nobody sets either: who makes the wall's right does it slowly. */
const driftMs = 1000;

/** A crowd that came at once is not pinged at once, for everybody else waits meanwhile. */
const fewPings = 256;

/** Whoever answers none of so many is not there any more. */
const mostUnanswered = 3;

/** One user's session with one issuer, for as long as it has a WebSocket open. */
class UserSession implements SessionKey {
  readonly hubUser: string;
  readonly issuer: string;
  sockets = 0;
  /** The proof that lasts longest, of those that came since; null: none that is worth more than the sockets' own. */
  latest: LatestProof | null = null;

  constructor(hubUser: string, issuer: string) {
    this.hubUser = hubUser;
    this.issuer = issuer;
  }

  get until(): Moment {
    return this.latest?.until ?? longAgo;
  }

  prolong(forward: Forward, peer: Peer, clock: Clock): void {
    const until = untilOf(forward.proofs);
    if (until <= this.until.wall && until - clock.wall() <= remaining(this.until, clock) + driftMs) return;
    this.latest = new LatestProof(this, admissionOf(forward, peer), clock);
  }

  end(): void {
    this.latest = null;
  }

  isOf({ hubUser, issuer }: SessionKey): boolean {
    return hubUser === this.hubUser && (issuer === undefined || issuer === this.issuer);
  }
}

/** What prolongs a session; without it the sockets stand on their own proofs. */
class LatestProof extends Standing {
  readonly #session: UserSession;

  constructor(session: UserSession, admission: Admission, clock: Clock) {
    super(admission, clock);
    this.#session = session;
  }

  end(): void {
    if (this.#session.latest === this) this.#session.end();
  }
}

/** One WebSocket. */
export class OpenSocket extends Standing {
  readonly pair: StreamPair;
  /** Null where nothing was proved. */
  readonly session: UserSession | null;
  readonly #record: Pick<OpenRecord, 'refusal'>;

  constructor(
    pair: StreamPair,
    admission: Admission,
    session: UserSession | null,
    { record, clock }: { readonly record: Pick<OpenRecord, 'refusal'>; readonly clock: Clock },
  ) {
    super(admission, clock);
    this.pair = pair;
    this.session = session;
    this.#record = record;
  }

  /** Neither its own proof nor a later one of the session holds. */
  isOver(clock: Clock): boolean {
    return mayBePast(this.until, clock) && (this.session === null || mayBePast(this.session.until, clock));
  }

  end(refusal: Refusal): void {
    this.#record.refusal ??= refusal;
    this.pair.close(policyViolation, refusal.reason);
  }
}

/** All of them. */
export class OpenSockets {
  /** How often sessions were ended: a handshake that was under way meanwhile is to be judged once more. */
  endings = 0;
  readonly #gate: Gate;
  readonly #asking: AskingAnew;
  readonly #all = new Set<OpenSocket>();
  /** Sessions by the hub's name for the user; only those with a WebSocket open. */
  readonly #sessions = new Map<string, UserSession[]>();
  #timer: NodeJS.Timeout | undefined;
  /** What has judged all that are open. */
  #reviewed: Policy | undefined;
  #closing: number | undefined;

  constructor(gate: Gate) {
    this.#gate = gate;
    this.#asking = new AskingAnew(gate);
  }

  get count(): number {
    return this.#all.size;
  }

  /** Takes one in whom the policy in force has let in; the record learns why the gate ends it, where the gate does. */
  add(pair: StreamPair, admission: Admission, record: Pick<OpenRecord, 'refusal'>): OpenSocket {
    const session = this.#sessionOf(admission);
    const socket = new OpenSocket(pair, admission, session, { record, clock: this.#gate.clock });
    if (session !== null) session.sockets += 1;
    if (this.#all.size === 0) this.#reviewed = this.#gate.inForce().policy;
    this.#all.add(socket);
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
    if (this.#closing !== undefined) pair.close(this.#closing, '');
    return socket;
  }

  #sessionOf({ proofs, visitor: hubUser }: Admission): UserSession | null {
    const [first] = proofs;
    if (first === undefined || hubUser === undefined) return null;
    const sessions = this.#sessions.get(hubUser) ?? [];
    const known = sessions.find(({ issuer }) => issuer === first.issuer);
    if (known !== undefined) return known;
    const session = new UserSession(hubUser, first.issuer);
    this.#sessions.set(hubUser, [...sessions, session]);
    return session;
  }

  /** Both of its ends are gone. */
  remove(socket: OpenSocket): void {
    this.#all.delete(socket);
    const { session } = socket;
    if (session !== null) this.#leave(session);
    if (this.#all.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #leave(session: UserSession): void {
    session.sockets -= 1;
    if (session.sockets > 0) return;
    const left = (this.#sessions.get(session.hubUser) ?? []).filter(one => one !== session);
    if (left.length > 0) this.#sessions.set(session.hubUser, left);
    else this.#sessions.delete(session.hubUser);
  }

  /** A user has been let in: what is open of the same session lives as long as this proof. */
  prolong(forward: Forward, peer: Peer): void {
    if (this.#sessions.size === 0) return;
    const { visitor } = forward.request;
    const sessions = visitor === undefined ? undefined : this.#sessions.get(visitor);
    if (sessions === undefined) return;
    const issuer = forward.proofs[0]?.issuer;
    for (const session of sessions) if (session.issuer === issuer) session.prolong(forward, peer, this.#gate.clock);
  }

  /** Ends the WebSockets of a session, as at a logout; their clients are told the reason. */
  endSessions(key: SessionKey, refusal: Refusal): void {
    this.endings += 1;
    for (const socket of this.#all) {
      if (socket.session?.isOf(key) !== true) continue;
      socket.session.end();
      socket.end(refusal);
    }
  }

  /** Ends all, and any that comes later, with this code. */
  closeAll(code: number): void {
    this.#closing = code;
    for (const { pair } of this.#all) pair.close(code, '');
  }

  /** Judges all anew, where the policy is another than the last time. */
  review(): void {
    const inForce = this.#gate.inForce();
    const { policy } = inForce;
    if (policy === this.#reviewed) return;
    this.#reviewed = policy;
    void reviewAll([...this.#standing()], inForce, () => this.#gate.inForce().policy === policy);
  }

  *#standing(): Iterable<Standing> {
    yield* this.#all;
    for (const sessions of this.#sessions.values())
      for (const { latest } of sessions) if (latest !== null) yield latest;
  }

  #look(): void {
    this.review();
    this.#asking.look(this.#standing());
    const { pingIntervalMs } = this.#gate.inForce().policy.webSocketLife;
    const asOf = this.#asOf;
    if (asOf !== null)
      for (const socket of this.#all) if (socket.isOver(asOf)) socket.end(expiryOf(socket.admission.proofs));
    if (pingIntervalMs > 0) this.#ping(pingIntervalMs);
  }

  /** What has ended by then is over; null: nothing ever is. */
  get #asOf(): Clock | null {
    const { closeOnExpiry, graceMs } = this.#gate.inForce().policy.webSocketLife;
    if (!closeOnExpiry) return null;
    const { wall, steady } = momentIn(-graceMs, this.#gate.clock);
    return { wall: () => wall, steady: () => steady };
  }

  /** Whether what lets one in would be over at the next look. */
  isOver({ proofs, request: { visitor } }: Forward): boolean {
    const asOf = this.#asOf;
    if (asOf === null || !mayBePast(momentAt(untilOf(proofs), this.#gate.clock), asOf)) return false;
    const sessions = visitor === undefined ? undefined : this.#sessions.get(visitor);
    return sessions?.some(({ issuer, until }) => issuer === proofs[0]?.issuer && !mayBePast(until, asOf)) !== true;
  }

  #ping(restMs: number): void {
    const now = performance.now();
    let left = pingsALook(this.#all.size, restMs);
    for (const socket of this.#all) {
      if (left > 0) left -= socket.pair.ping(now, restMs);
      if (socket.pair.unanswered > mostUnanswered) socket.end(refuse('websocket-unanswered'));
    }
  }
}

/** Twice as many as it takes to ping so many both ways in the time, so that nobody's turn never comes. */
function pingsALook(sockets: number, restMs: number): number {
  return Math.max(fewPings, Math.ceil((2 * 2 * sockets * lookEveryMs) / restMs));
}
