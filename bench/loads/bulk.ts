/** Large bodies: what a gibibyte costs each way, and whether memory grows with it. */
import type { BulkCount, BulkPlan } from '../clients/bulk-process.ts';
import { runClient } from '../clients/counted.ts';
import type { Figures } from '../figures.ts';
import { bulkPath } from '../lab/backend.ts';
import { fieldLines, headText, pathPrefix } from '../lab/requests.ts';
import { cpuMicrosBetween, cpuTimes, residentBytes } from '../machine/process-table.ts';
import type { Peer } from '../peers/peer.ts';
import type { Seated } from '../seating.ts';
import type { Bench, Load } from './load.ts';
import { mostResident } from './memory.ts';
import { contestants } from './pages.ts';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

const inLine = ({ name }: Peer): boolean => ['haproxy-jwt', 'envoy-jwt-cache', 'chp', 'hubgate'].includes(name);

/** Each round has a new process, so that memory begins small. */
function bulk(direction: BulkPlan['direction'], about: string): Load {
  return {
    name: `bulk-${direction}`,
    about,
    judgedBy: ['cpuSecondsPerGiB'],
    prepare: async bench => ({
      contestants: contestants(bench.peers, inLine),
      seating: { behind: direction === 'down' ? 'backend' : 'origin', algorithm: 'RS256' },
      fresh: true,
      warmUp: async seated => {
        await moved(bench, seated, { direction, streams: 1, mebibytes: 16 });
      },
      measure: seated => round(bench, seated, direction),
    }),
  };
}

/** Files from the backend. */
export const bulkDown: Load = bulk('down', 'downloads, 4 connections, 256 MiB each');

/** Bodies with a Content-Length. */
export const bulkUp: Load = bulk('up', 'uploads, 4 connections, 256 MiB each');

async function round(bench: Bench, seated: Seated, direction: BulkPlan['direction']): Promise<Figures> {
  const { bulkStreams: streams, bulkMiB: mebibytes } = bench.scale;
  const before = cpuTimes(seated.pid);
  const residentBefore = residentBytes(seated.pid);
  const moving = moved(bench, seated, { direction, streams, mebibytes });
  const most = await mostResident(seated.pid, moving);
  const { bytes, seconds } = await moving;
  const cpuSeconds = cpuMicrosBetween(before, cpuTimes(seated.pid)) / 1e6;
  return {
    cpuSecondsPerGiB: (cpuSeconds * gibibyte) / bytes,
    mibPerSecond: bytes / mebibyte / seconds,
    growthMiB: (most - residentBefore) / mebibyte,
  };
}

type Amount = {
  readonly direction: BulkPlan['direction'];
  readonly streams: number;
  readonly mebibytes: number;
};

function moved({ lab }: Bench, { port }: Seated, { direction, streams, mebibytes }: Amount): Promise<BulkCount> {
  const bodyBytes = mebibytes * mebibyte;
  const lines = fieldLines(lab.token);
  const head =
    direction === 'down'
      ? headText(`${bulkPath}.${mebibytes}`, lines)
      : headText(`${pathPrefix}/files`, [...lines, ['Content-Length', String(bodyBytes)]], 'POST');
  const plan: BulkPlan = { port, direction, head, streams, bodyBytes };
  return runClient<BulkCount>(lab.cores.client, 'bulk-process.ts', plan);
}
