/** Opens one audience's doors on their addresses, and closes them gracefully. */
import { randomUUID } from 'node:crypto';
import type { Address } from '../config/sections/listen.ts';
import { isTrusted } from '../gate/peer-trust.ts';
import { refuse } from '../gate/reasons.ts';
import type { FrontHandlers } from '../wire/downstream/exchange.ts';
import { type Front, type FrontOptions, openFront } from '../wire/downstream/front.ts';
import { answerHeadText } from '../wire/message/head-text.ts';
import type { HubClient } from '../wire/upstream/hub-client.ts';
import { type DoorParts, refusalAnswer } from './answering.ts';
import type { Gate } from './judge.ts';
import { OpenSockets } from './open-sockets.ts';
import { serveRequest } from './proxy.ts';
import { type OnSettled, openRecord } from './record.ts';
import { UsersUnderWay } from './users-under-way.ts';

/** What the doors are opened with. */
export interface DoorsOptions {
  readonly audience: DoorParts['audience'];
  readonly listen: FrontOptions['listen'];
  readonly gate: Gate;
  readonly hub: HubClient;
  /** Hold from the opening on; what a reload may change is asked of `gate` and `hub`. */
  readonly limits: FrontOptions['limits'];
  readonly onSettled: OnSettled;
  readonly onHandshakeFailed: FrontOptions['onHandshakeFailed'];
  readonly onHeaderRefused: FrontOptions['onHeaderRefused'];
}

/** What is open at the doors. */
export interface DoorsInUse {
  readonly connections: number;
  readonly webSockets: number;
}

/** Open doors. */
export interface Doors {
  /** In the order of `listen`, with the ports that the system chose. */
  readonly addresses: readonly Address[];
  readonly renew: Front['renew'];
  /** What is open now: connections, and those of them that are WebSockets. */
  inUse(): DoorsInUse;
  /** The policy in force is another: those whom it does not let in lose their WebSockets. */
  readonly review: () => void;
  /** Closes the WebSockets of a session with 1008 and the reason's id. */
  readonly endSessions: OpenSockets['endSessions'];
  /** Stops accepting, closes WebSockets with 1001, lets requests end; resolves when nobody is left, by force after `timeoutMs`. 0 ends at once, also a drain that is running. */
  drain(timeoutMs: number): Promise<void>;
}

/** Going away (RFC 6455 §7.4.1). */
const goingAway = 1001;

/** Answers bytes that are no request, and records that. */
function answerBroken(parts: DoorParts): FrontHandlers['answerBroken'] {
  return (reason, detail, peer) => {
    const requestId = parts.newRequestId();
    const refusal = refuse(reason, detail);
    const record = openRecord({ requestId, door: 'http', method: '', peer }, parts.onSettled);
    const { head, body } = refusalAnswer(refusal, { method: '', fields: [] }, requestId);
    Object.assign(record, { refusal, decision: 'refuse', status: head.status, complete: true, bytesDown: body.length });
    record.settle();
    return `${answerHeadText(head.status, head.phrase, [...head.fields, ['Connection', 'close']])}${body.toString('latin1')}`;
  };
}

/** Binds every address; rejects with an error that names the address and the code, and then none stays bound. */
export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const { audience, listen, gate, hub, limits, onSettled, onHandshakeFailed, onHeaderRefused } = options;
  const parts: DoorParts = { audience, gate, hub, users: new UsersUnderWay(), onSettled, newRequestId: randomUUID };
  const sockets = new OpenSockets(gate);
  const handlers: FrontHandlers = {
    isTrusted: peer => isTrusted(peer, gate.inForce().policy.trust),
    serve: exchange => serveRequest(exchange, parts, sockets),
    answerBroken: answerBroken(parts),
  };
  const front = await openFront({ listen, limits, handlers, onHandshakeFailed, onHeaderRefused });
  return {
    addresses: front.addresses,
    renew: front.renew,
    inUse: () => ({ connections: front.connections, webSockets: sockets.count }),
    review: () => sockets.review(),
    endSessions: (key, refusal) => sockets.endSessions(key, refusal),
    drain(timeoutMs) {
      sockets.closeAll(goingAway);
      return front.drain(timeoutMs);
    },
  };
}
