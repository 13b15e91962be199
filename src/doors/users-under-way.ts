/** What each user has under way at the hub, so that one can not take the places of all. */
import type { RequestLimits } from '../gate/policy.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { OutboundRequest } from '../gate/stages.ts';
import { mostConnections } from '../wire/upstream/hub-client.ts';

/** What a request is counted by. */
type Counted = Pick<OutboundRequest, 'visitor' | 'protocol'>;

type Limits = Pick<RequestLimits, 'requestsPerUser' | 'webSocketsPerUser'>;

/** Half of the connections to the hub: with no limit set, one user must still leave room for the others. */
export const mostOfOneUser: number = mostConnections / 2;

/** A request's place among those of its user. */
export interface Place {
  /** The hub's name for the user; undefined where nothing is counted. */
  readonly user: string | undefined;
  /** The request has become a WebSocket. */
  switched(): void;
  /** Gives up what is held; only the first call does. */
  leave(): void;
}

/** The place of a request that nobody counts. */
export const uncounted: Place = { user: undefined, switched: () => undefined, leave: () => undefined };

/** Places by user; who holds none is not remembered. */
class Tally {
  readonly #held = new Map<string, number>();

  /** `limit` of 0: none. */
  hasRoom(user: string, limit: number): boolean {
    return limit === 0 || (this.#held.get(user) ?? 0) < limit;
  }

  take(user: string): void {
    this.#held.set(user, (this.#held.get(user) ?? 0) + 1);
  }

  giveBack(user: string): void {
    const left = (this.#held.get(user) ?? 0) - 1;
    if (left > 0) this.#held.set(user, left);
    else this.#held.delete(user);
  }

  /** Users that hold any. */
  get users(): number {
    return this.#held.size;
  }
}

class CountedPlace implements Place {
  readonly user: string;
  /** Where it is held; null where not, or no longer. */
  #requests: Tally | null;
  #webSockets: Tally | null;

  constructor(user: string, requests: Tally, webSockets: Tally | null) {
    this.user = user;
    this.#requests = requests;
    this.#webSockets = webSockets;
    requests.take(user);
    webSockets?.take(user);
  }

  switched(): void {
    this.#requests?.giveBack(this.user);
    this.#requests = null;
  }

  leave(): void {
    this.switched();
    this.#webSockets?.giveBack(this.user);
    this.#webSockets = null;
  }
}

/** The house's guests; it outlives policies, so that a reload forgets nobody. */
export class UsersUnderWay {
  readonly #requests = new Tally();
  readonly #webSockets = new Tally();

  /**
   * Gives a place, or the refusal where the user has no room. A handshake holds a place of both kinds, so that of many at once
   * no more come through than may. All are counted without a limit too, for the reload that sets one.
   */
  admit({ visitor, protocol }: Counted, { requestsPerUser, webSocketsPerUser }: Limits): Place | Refusal {
    const isSocket = protocol === 'websocket';
    if (visitor === undefined) return uncounted;
    if (isSocket && !this.#webSockets.hasRoom(visitor, webSocketsPerUser)) return refuse('too-many-websockets');
    if (!this.#requests.hasRoom(visitor, requestsPerUser || mostOfOneUser)) return refuse('too-many-requests');
    return new CountedPlace(visitor, this.#requests, isSocket ? this.#webSockets : null);
  }

  /** Users of whom anything is remembered. */
  get size(): number {
    return this.#requests.users + this.#webSockets.users;
  }
}
