/** WebSockets that are open: bytes both ways for as long as both ends want, and one record of each. */
import type { Duplex } from 'node:stream';
import type { FieldLine } from '../http/field.ts';
import { coupleStreams, type StreamPair } from '../wire/tunnel/stream-pair.ts';
import type { OpenRecord } from './record.ts';
import type { Place } from './users-under-way.ts';

/** WebSockets that are open. */
export interface Tunnels {
  readonly count: number;
  add(pair: StreamPair): void;
  /** Ends all of them, and any that comes later; their clients get this code in a Close frame where one fits. */
  closeAll(code: number): void;
}

/** An empty house. */
export function openTunnels(): Tunnels {
  const pairs = new Set<StreamPair>();
  let closing: number | undefined;
  return {
    get count() {
      return pairs.size;
    },
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

/** What of a 101 is the client's to see. */
const switchFields: ReadonlySet<string> = new Set([
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'set-cookie',
]);

/** The client's 101 from what may be seen of the hub's. */
export function switchAnswer(fields: readonly FieldLine[]): FieldLine[] {
  const kept = fields.filter(([name]) => switchFields.has(name.toLowerCase()));
  return [['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ...kept];
}

/** Both ends of a WebSocket; `early` stood behind the hub's 101. */
export interface Ends {
  readonly client: Duplex;
  readonly hub: Duplex;
  readonly early: Buffer;
}

/** Carries bytes both ways; at the end it gives up the place and settles the record. */
export function tunnel({ client, hub, early }: Ends, record: OpenRecord, tunnels: Tunnels, place: Place): void {
  record.status = 101;
  if (early.length > 0) hub.unshift(early);
  const pair = coupleStreams(client, hub);
  tunnels.add(pair);
  void pair.closed.then(() => {
    place.leave();
    record.bytesUp = pair.bytesUp;
    record.bytesDown = pair.bytesDown;
    record.complete = true;
    record.settle();
  });
}
