/** One soak: mixed traffic in spells, and between them a look at what the gate still holds. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jwtEntry, type Lab, labConfig, makeLab, type Teardown } from '../gates/lab.ts';
import { makeKey } from '../identity/token-maker.ts';
import { closeAuditFile } from './audit-book.ts';
import { Chance } from './chance.ts';
import { type Holdings, type InspectedGate, startInspectedGate } from './inspected-gate.ts';
import { Ledger } from './ledger.ts';
import type { Report } from './report.ts';
import { type Exit, endGate, holdingsAtRest, shownHoldings } from './rest.ts';
import { goodScenes } from './scenes/good.ts';
import { oddScenes } from './scenes/odd.ts';
import { type Credentials, headerTimeoutMs, metClosed, type Scene, type Stage } from './scenes/scene.ts';
import { openWebSocket, webSocketScenes } from './scenes/web-sockets.ts';
import { closedWhileIdle, type SoakHub, startSoakHub } from './soak-hub.ts';

/** How long, and what chance. */
export type Extent = { readonly spells: number; readonly spellMs: number; readonly seed: number };

const workers = 24;
const drainMs = 10_000;
const webSocketsAtEnd = 20;

const scenes: readonly Scene[] = [...goodScenes, ...oddScenes, ...webSocketScenes].flatMap(scene =>
  Array.from({ length: scene.weight }, () => scene),
);

/** Two configs that hold, and so a hub client that a reload replaces, and one that does not. */
function configsOf(hubUrl: string): readonly (readonly [isGood: boolean, config: unknown])[] {
  const hub = { url: hubUrl, authenticator: 'jhub_remote_user_authenticator.RemoteUserAuthenticator' };
  const limits = { headerTimeout: `${headerTimeoutMs}ms`, drainTimeout: `${drainMs}ms`, connections: 0 };
  const config = (hubResponseTimeout: string): unknown =>
    labConfig(hub, {
      trust: { proxies: ['127.0.0.1/32'], others: 'bearerOnly' },
      limits: { ...limits, hubResponseTimeout },
      log: { audit: 'audit.log' },
    });
  return [
    [true, config('2500ms')],
    [true, config('3s')],
    [false, { ...labConfig(hub), jwt: [jwtEntry({ jwksFile: 'nowhere.json' })] }],
  ];
}

function credentialsOf(lab: Lab): Credentials {
  const users = Array.from({ length: 12 }, (_, at) => `user${at}`);
  const past = Math.floor(Date.now() / 1000) - 7200;
  const stranger = makeKey('RS256', 'RS256');
  return {
    users,
    good: new Map(users.map(user => [user, lab.token(user, { exp: past + 14 * 24 * 3600 })])),
    expired: users.map(user => lab.token(user, { exp: past })),
    forged: users.map(user => lab.token(user, {}, stranger)),
  };
}

type World = {
  readonly lab: Lab;
  readonly hub: SoakHub;
  readonly gate: InspectedGate;
  readonly ledger: Ledger;
  readonly chance: Chance;
  readonly configs: ReturnType<typeof configsOf>;
  readonly stage: Omit<Stage, 'chance'>;
  readonly life: { ending: boolean };
};

async function openWorld(t: Teardown, seed: number): Promise<World> {
  const ledger = new Ledger();
  const lab = makeLab(t);
  const hub = await startSoakHub(t, ledger);
  const configs = configsOf(hub.url);
  const gate = await startInspectedGate(t, lab.write('proxy.yaml', configs[0]?.[1]));
  const life = { ending: false };
  const stage = { port: await gate.port(), ledger, credentials: credentialsOf(lab), isEnding: () => life.ending };
  return { lab, hub, gate, ledger, chance: new Chance(seed), configs, stage, life };
}

/** Plays one scene after another. */
async function work({ stage, ledger }: World, chance: Chance, until: () => boolean): Promise<void> {
  while (!until()) {
    // A gate that takes nobody any more is not called without end.
    if (stage.isEnding()) await pause(10);
    const scene = chance.pick(scenes);
    try {
      await scene.play({ ...stage, chance });
      ledger.count('scenes');
    } catch (error) {
      ledger.breach(`${scene.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
}

/** Config changes, good and bad ones, and signals without any; a gate that has stopped listening to them would be killed. */
async function reload(world: World, chance: Chance, until: () => boolean): Promise<void> {
  const { lab, gate, ledger, configs, life } = world;
  for (;;) {
    await pause(chance.between(100, 1000));
    if (until() || life.ending) return;
    const [isGood, config] = chance.pick(configs);
    if (!chance.oneIn(4)) lab.write('proxy.yaml', config);
    gate.signal('SIGHUP');
    ledger.count(isGood ? 'reloads' : 'reloads with a bad config');
  }
}

/** The hub closes idle connections whenever it likes. */
async function dropIdle({ hub }: World, chance: Chance, until: () => boolean): Promise<void> {
  while (!until()) {
    await pause(chance.below(60));
    hub.dropOne();
  }
}

/** All of it at once, for so long. */
async function playSpell(world: World, isOver: () => boolean): Promise<void> {
  const { chance } = world;
  const working = Array.from({ length: workers }, () => work(world, chance.fork(), isOver));
  await Promise.all([...working, reload(world, chance.fork(), isOver), dropIdle(world, chance.fork(), isOver)]);
}

/** Nobody asks any more: whatever is still there, and was not before, is a leak. */
async function comeToRest(world: World, before: Holdings): Promise<Holdings> {
  const { lab, gate, ledger, configs } = world;
  lab.write('proxy.yaml', configs[0]?.[1]);
  gate.signal('SIGHUP');
  const holdings = await holdingsAtRest(world, before);
  closeAuditFile(join(lab.folder, 'audit.log'), ledger);
  gate.signal('SIGHUP');
  ledger.forgetTickets();
  const [spoilt, closed] = [ledger.counted(metClosed), ledger.counted(closedWhileIdle)];
  ledger.expect(spoilt <= closed, `${spoilt} requests met a closed hub connection, and ${closed} were closed`);
  return holdings;
}

/** SIGTERM in the middle of a spell: WebSockets are told, and the process is gone within the drain time. */
async function endUnderLoad(world: World, spellMs: number): Promise<Exit> {
  const { gate, ledger, life, stage, chance } = world;
  const sockets = await Promise.all(
    Array.from({ length: webSocketsAtEnd }, () => openWebSocket({ ...stage, chance: chance.fork() })),
  );
  const codes = sockets.map(async socket => (socket === null ? null : (await once(socket, 'close'))[0]));
  let over = false;
  const spell = playSpell(world, () => over);
  await pause(spellMs / 2);
  life.ending = true;
  const exit = await endGate(gate, drainMs, ledger);
  over = true;
  await spell;
  for (const told of await Promise.all(codes)) ledger.expect(told === 1001, `a WebSocket was told ${told} at the end`);
  return exit;
}

/** Runs it; `say` is told of each spell. */
export async function soak(t: Teardown, extent: Extent, say: (line: string) => void): Promise<Report> {
  const world = await openWorld(t, extent.seed);
  const { gate, ledger } = world;
  const before = await gate.holdings();
  const holdings: Holdings[] = [];
  for (let spell = 1; spell <= extent.spells; spell += 1) {
    const end = performance.now() + extent.spellMs;
    await playSpell(world, () => performance.now() >= end);
    const rest = await comeToRest(world, before);
    holdings.push(rest);
    say(
      `spell ${spell} of ${extent.spells}: ${ledger.counted('requests at the hub')} requests at the hub so far; ${shownHoldings(rest)}`,
    );
  }
  const exit = await endUnderLoad(world, extent.spellMs);
  const { broken, brokenCount, counts } = ledger;
  return { broken, brokenCount, counts, holdings, exit, output: gate.output() };
}
