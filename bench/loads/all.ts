/** All loads, in the order in which they are played. */
import { bulkDown, bulkUp } from './bulk.ts';
import { coldEs256, coldRs256 } from './cold.ts';
import { growth } from './growth.ts';
import { latency } from './latency.ts';
import type { Load } from './load.ts';
import { memory } from './memory.ts';
import { openLoops } from './open-loop.ts';
import { refusals } from './refusals.ts';
import { repeated } from './repeated.ts';
import { startup } from './startup.ts';
import { varying } from './varying.ts';
import { webSocketEcho, webSocketIdle } from './websocket.ts';

/** The loads. */
export const allLoads: readonly Load[] = [
  repeated,
  varying,
  coldRs256,
  coldEs256,
  latency,
  ...openLoops,
  bulkDown,
  bulkUp,
  webSocketEcho,
  webSocketIdle,
  ...refusals,
  startup,
  memory,
  growth,
];
