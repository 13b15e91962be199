/** Opens the browsers' doors on every configured address, and closes them gracefully. */
import { randomUUID } from 'node:crypto';
import type { Address } from '../config/config.ts';
import { refuse } from '../gate/reasons.ts';
import type { Peer } from '../gate/stages.ts';
import { connectionBook } from '../wire/connections.ts';
import type { HubClient } from '../wire/hub-client.ts';
import { type Front, type FrontOptions, openFront } from '../wire/node-front.ts';
import { rawHead } from '../wire/raw-head.ts';
import type { FrontHandlers } from '../wire/takers.ts';
import { type DoorParts, refusalAnswer } from './answering.ts';
import type { Gate } from './judge.ts';
import { serveRequest } from './proxy.ts';
import { type OnSettled, openRecord } from './record.ts';
import { type OpenTunnels, openTunnels, serveHandshake } from './websocket.ts';

/** What the doors are opened with. */
export interface DoorsOptions {
  readonly listen: readonly Address[];
  readonly gate: Gate;
  readonly hub: HubClient;
  /** Hold from the opening on; what a reload may change is asked of `gate` and `hub`. */
  readonly limits: FrontOptions['limits'];
  readonly onSettled: OnSettled;
}

/** Open doors. */
export interface Doors {
  /** In the order of `listen`, with the ports that the system chose. */
  readonly addresses: readonly Address[];
  /** Stops accepting, closes WebSockets with 1001, lets requests end; resolves when nobody is left, by force after `timeoutMs`. 0 ends at once, also a drain that is running. */
  drain(timeoutMs: number): Promise<void>;
}

/** Going away (RFC 6455 §7.4.1). */
const goingAway = 1001;

/** Answers bytes that are no request, and records that. */
function answerBroken(parts: DoorParts): FrontHandlers['answerBroken'] {
  return (reason, detail, peer: Peer) => {
    const requestId = parts.newRequestId();
    const refusal = refuse(reason, detail);
    const record = openRecord({ requestId, door: 'http', method: '', peer }, parts.onSettled);
    const { head, body } = refusalAnswer(refusal, { method: '', fields: [] }, requestId);
    Object.assign(record, { refusal, decision: 'refuse', status: head.status, complete: true, bytesDown: body.length });
    record.settle();
    const fields = [...head.fields, ['Connection', 'close'] as const];
    return Buffer.concat([rawHead(head.status, head.phrase, fields), body]);
  };
}

async function openAll(options: DoorsOptions, open: (address: Address) => Promise<Front>): Promise<Front[]> {
  const fronts: Front[] = [];
  try {
    for (const address of options.listen) fronts.push(await open(address));
  } catch (error) {
    for (const front of fronts) front.stop();
    throw error;
  }
  return fronts;
}

/** Binds every address; rejects with an error that names the address and the code, and then none stays bound. */
export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const { gate, hub, limits, onSettled } = options;
  const parts: DoorParts = { gate, hub, onSettled, newRequestId: randomUUID };
  const tunnels: OpenTunnels = openTunnels();
  const connections = connectionBook(limits.connections);
  const handlers: FrontHandlers = {
    serve: exchange => serveRequest(exchange, parts),
    switchProtocol: handshake => serveHandshake(handshake, parts, tunnels),
    answerBroken: answerBroken(parts),
  };
  const fronts = await openAll(options, address => openFront({ address, limits, connections, handlers }));
  return {
    addresses: fronts.map(front => front.address),
    drain(timeoutMs) {
      for (const front of fronts) front.stop();
      tunnels.closeAll(goingAway);
      return connections.drain(timeoutMs);
    },
  };
}
