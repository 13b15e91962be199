/** A WebSocket that opens: what of the 101 the client sees, and then bytes both ways, with one record at the end. */
import type { Duplex } from 'node:stream';
import type { Admission } from '../gate/review.ts';
import type { FieldLine } from '../http/field.ts';
import { coupleStreams } from '../wire/tunnel/stream-pair.ts';
import type { OpenSockets } from './open-sockets.ts';
import type { OpenRecord } from './record.ts';
import type { Place } from './users-under-way.ts';

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

/** Who opens it, and what is told of it. */
export interface Opened {
  readonly admission: Admission;
  readonly record: OpenRecord;
  readonly place: Place;
}

/** Carries bytes both ways; at the end it gives up the place and settles the record. */
export function tunnel({ client, hub, early }: Ends, { admission, record, place }: Opened, sockets: OpenSockets): void {
  record.status = 101;
  if (early.length > 0) hub.unshift(early);
  const pair = coupleStreams(client, hub);
  const socket = sockets.add(pair, admission, record);
  void pair.closed.then(() => {
    sockets.remove(socket);
    place.leave();
    record.bytesUp = pair.bytesUp;
    record.bytesDown = pair.bytesDown;
    record.complete = true;
    record.settle();
  });
}
