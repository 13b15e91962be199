/** Sends a client's bytes through the gate and to every server, and holds the law against what came of them. */
import type { Teardown } from '../gates/lab.ts';
import { openHubStack } from './oracles/hub-stack.ts';
import { openLlhttp } from './oracles/llhttp.ts';
import { openNginx } from './oracles/nginx.ts';
import { openTornado } from './oracles/tornado.ts';
import type { Oracle } from './reading.ts';
import type { Pieces } from './request-cases.ts';
import {
  type Passage,
  type Readings,
  type RequestBreach,
  requestBreaches,
  serialHeader,
  type Tally,
  tallyOf,
} from './request-law.ts';
import { type Message, valuesOf } from './strict-messages.ts';
import type { Script } from './tapped-hub.ts';
import { proofOf, type World } from './world.ts';

/** What came of one case. */
export interface Trial {
  readonly breaches: readonly RequestBreach[];
  readonly tally: Tally;
}

const settleMs = 5000;

/** Numbers the answer; one to a handshake is a refusal. */
export function numberedAnswer({ lines }: Message, serial: string): Script {
  const status = valuesOf(lines, 'upgrade').length > 0 ? '403 Forbidden' : '200 OK';
  return {
    pieces: [`HTTP/1.1 ${status}\r\n${serialHeader}: ${serial}\r\nContent-Length: 0\r\n\r\n`],
    behind: 'stay',
  };
}

/** Who is asked. */
export interface Oracles {
  /** Read a client's bytes, and those at the hub. */
  readonly servers: readonly Oracle[];
  /** The hub's own proxy and Tornado behind it, who read what the gate forwards and nothing else. */
  readonly hubStack: Oracle;
}

/** The test's end closes them. */
export async function openOracles(t: Teardown): Promise<Oracles> {
  return {
    servers: [openLlhttp(), openTornado(t), await openNginx(t)],
    hubStack: await openHubStack(t, openTornado(t)),
  };
}

const bystander = [`GET /bystander HTTP/1.1\r\n${proofOf('bob')}\r\n`];

/** Then somebody else comes, on a connection of their own: whatever the first left behind at the hub, it would meet them. */
async function play({ hub, send }: World, pieces: Pieces): Promise<Passage> {
  const heard = await send(pieces);
  const bystanderHeard = await send(bystander);
  const settled = await hub.settled(settleMs);
  return { sent: pieces.join(''), heard, bystander: bystanderHeard, segments: hub.take(), settled };
}

async function readAll(oracles: readonly Oracle[], batch: readonly string[]): Promise<Readings[]> {
  const columns = await Promise.all(oracles.map(async oracle => [oracle.name, await oracle.read(batch)] as const));
  const row = (at: number): Readings =>
    new Map(columns.map(([name, readings]) => [name, readings[at] ?? { requests: [], refused: 'no reading' }]));
  return batch.map((_, at) => row(at));
}

/** Plays cases one after another, so that what is at the hub is known to be theirs. */
export async function tryRequests(
  world: World,
  { servers, hubStack }: Oracles,
  cases: readonly Pieces[],
): Promise<Trial[]> {
  const passages: Passage[] = [];
  for (const pieces of cases) passages.push(await play(world, pieces));
  const inbound = await readAll(
    servers,
    cases.map(pieces => pieces.join('')),
  );
  const outbound = await readAll(
    [...servers, hubStack],
    passages.flatMap(({ segments }) => segments.map(({ bytes }) => bytes)),
  );
  const unread = outbound.values();
  return passages.map((passage, at): Trial => {
    const fromClient = inbound[at] ?? new Map();
    const atHub = unread.take(passage.segments.length).toArray();
    return { breaches: requestBreaches(passage, fromClient, atHub), tally: tallyOf(passage, fromClient) };
  });
}
