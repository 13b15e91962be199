/** WebSockets: what a message costs, and what one at rest keeps in memory. */
import { setTimeout as delay } from 'node:timers/promises';
import { holdClient, runClient } from '../clients/counted.ts';
import type { EchoCount, WebSocketPlan } from '../clients/websocket-process.ts';
import { fieldLines, pathPrefix, publicHost } from '../lab/requests.ts';
import { cpuMicrosBetween, cpuTimes, residentBytes } from '../machine/process-table.ts';
import type { Peer } from '../peers/peer.ts';
import type { Seated, Seating } from '../seating.ts';
import type { Bench, Load } from './load.ts';
import { contestants } from './pages.ts';

const seating: Seating = { behind: 'origin', algorithm: 'RS256' };
const inLine = ({ name }: Peer): boolean => ['haproxy-jwt', 'chp', 'hubgate'].includes(name);

/** Messages of 64 bytes there and back. */
export const webSocketEcho: Load = {
  name: 'websocket-echo',
  about: '64-byte messages there and back, 64 WebSockets',
  judgedBy: ['cpuMicros'],
  prepare: async bench => ({
    contestants: contestants(bench.peers, inLine),
    seating,
    fresh: false,
    warmUp: async seated => {
      await echoed(bench, seated, bench.scale.warmUpMs);
    },
    measure: async seated => {
      const before = cpuTimes(seated.pid);
      const { messages, seconds, p50Micros, p99Micros } = await echoed(bench, seated, bench.scale.roundMs);
      const cpuMicros = cpuMicrosBetween(before, cpuTimes(seated.pid)) / messages;
      return { cpuMicros, perSecond: messages / seconds, p50Micros, p99Micros };
    },
  }),
};

/** Sockets that are open and say nothing; the kernel's share is not counted. */
export const webSocketIdle: Load = {
  name: 'websocket-idle',
  about: '5 000 WebSockets at rest: growth of resident memory by socket, open to open',
  judgedBy: ['kibPerSocket'],
  prepare: async bench => ({
    contestants: contestants(bench.peers, inLine),
    seating,
    fresh: true,
    warmUp: async seated => {
      await echoed(bench, seated, bench.scale.warmUpMs);
    },
    measure: async seated => {
      const sockets = bench.scale.idleSockets;
      const before = residentBytes(seated.pid);
      const client = await holdClient(bench.lab.cores.client, 'websocket-process.ts', planOf(bench, seated, sockets));
      await delay(bench.scale.settleMs);
      const grown = residentBytes(seated.pid) - before;
      await client.stop();
      return { kibPerSocket: grown / 1024 / sockets };
    },
  }),
};

function echoed(bench: Bench, seated: Seated, echoMs: number): Promise<EchoCount> {
  const plan = planOf(bench, seated, bench.scale.echoSockets, echoMs);
  return runClient<EchoCount>(bench.lab.cores.client, 'websocket-process.ts', plan);
}

/** The client writes the handshake's own fields, and one spelling of each name. */
function planOf({ lab }: Bench, { port }: Seated, sockets: number, echoMs = 0): WebSocketPlan {
  return {
    url: `ws://127.0.0.1:${port}${pathPrefix}/api/kernels/channels`,
    headers: { ...Object.fromEntries(fieldLines(lab.token)), Origin: `http://${publicHost}` },
    sockets,
    echoMs,
  };
}
