/** One chaos: two hundred clients that keep their connections while everything around the gate fails, and then calm, rest and a drain. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jwtEntry, type Lab, labConfig, makeLab, type Teardown } from '../gates/lab.ts';
import { makeKey } from '../identity/token-maker.ts';
import { closeAuditFile } from '../soak/audit-book.ts';
import { Chance } from '../soak/chance.ts';
import { type Holdings, startInspectedGate } from '../soak/inspected-gate.ts';
import { Ledger } from '../soak/ledger.ts';
import type { Report } from '../soak/report.ts';
import { type Exit, endGate, holdingsAtRest, shownHoldings } from '../soak/rest.ts';
import type { Stage } from '../soak/scenes/scene.ts';
import { startSoakHub } from '../soak/soak-hub.ts';
import { ChaosClient } from './client.ts';
import { type KeyServer, startKeyServer } from './key-server.ts';
import { troubles, type Victims } from './troubles.ts';

/** How long each spell of trouble lasts, and what chance. */
export type Extent = { readonly spellsMs: readonly number[]; readonly seed: number };

/** Clients, each a user of its own. */
export const crowd = 200;

/** Every so-manieth has an issuer whose keys turn. */
const turningOneIn = 8;
const drainMs = 10_000;
const endingMs = 1000;
const calmPatienceMs = 15_000;
const longLivedSeconds = 14 * 24 * 3600;

type World = {
  readonly victims: Victims;
  readonly lab: Lab;
  readonly clients: readonly ChaosClient[];
  readonly chance: Chance;
  readonly life: { ending: boolean };
};

function configOf(hubUrl: string, keyServer: KeyServer, hubResponseTimeout: string): unknown {
  return labConfig(
    { url: hubUrl, authenticator: 'custom' },
    {
      inject: { user: { header: 'Remote-User', paths: ['/**'] } },
      trust: { proxies: ['127.0.0.1/32'], others: 'bearerOnly' },
      jwt: [
        jwtEntry(),
        {
          ...jwtEntry({ jwksUrl: keyServer.keysUrl() }, ['ES256']),
          issuer: { url: keyServer.issuer, audiences: ['jupyterhub'] },
        },
      ],
      limits: { hubResponseTimeout, drainTimeout: `${drainMs}ms`, connections: 0 },
      log: { audit: 'audit.log' },
    },
  );
}

const turns = (at: number): boolean => at % turningOneIn === 0;

async function openWorld(t: Teardown, seed: number): Promise<World> {
  const ledger = new Ledger({ namesAll: true });
  const chance = new Chance(seed);
  const lab = makeLab(t);
  const hub = await startSoakHub(t, ledger);
  const keyServer = await startKeyServer(t);
  const writeConfig: Victims['writeConfig'] = (isGood, chance) => {
    const config = configOf(hub.url, keyServer, chance.pick(['700ms', '900ms']));
    lab.write('proxy.yaml', isGood ? config : { ...(config as object), colour: 'red' });
  };
  writeConfig(true, chance.fork());
  const gate = await startInspectedGate(t, join(lab.folder, 'proxy.yaml'));
  const port = await gate.port();
  const life = { ending: false };
  const stranger = makeKey('RS256', 'RS256');
  const tokens = new Map<string, string>();
  const exp = Math.floor(Date.now() / 1000) + longLivedSeconds;
  const users = Array.from({ length: crowd }, (_, at) => `user${at}`);
  const renewTokens = (): void => {
    for (const [at, user] of users.entries()) if (turns(at)) tokens.set(user, keyServer.token(user));
  };
  renewTokens();
  const clients = users.map((user, at) => {
    if (!turns(at)) tokens.set(user, lab.token(user, { exp }));
    const credentials = { users: [user], good: tokens, expired: [], forged: [lab.token(user, { exp }, stranger)] };
    const stage: Stage = { port, ledger, chance: chance.fork(), credentials, isEnding: () => life.ending };
    return new ChaosClient(stage, turns(at));
  });
  const hangUp = (): void => {
    if (!life.ending) gate.signal('SIGHUP');
  };
  const victims = { gate, hub, keyServer, ledger, writeConfig, renewTokens, hangUp };
  return { victims, lab, clients, chance, life };
}

/** Everything at once. */
async function rage({ victims, clients, chance }: World, isOver: () => boolean): Promise<void> {
  const befalling = troubles.map(trouble => trouble(victims, chance.fork(), isOver));
  await Promise.all([...clients.map(client => client.play(isOver)), ...befalling]);
}

/** The hub is well, the issuer has turned once more and is there: everybody is served. */
async function calm({ victims, clients, chance }: World): Promise<void> {
  const { hangUp, keyServer, ledger, writeConfig, renewTokens } = victims;
  keyServer.turn();
  renewTokens();
  writeConfig(true, chance);
  hangUp();
  const deadline = performance.now() + calmPatienceMs;
  const served = clients.map(async client => {
    while (!(await client.isServed())) {
      if (performance.now() > deadline) return false;
      await pause(50);
    }
    return true;
  });
  const unserved = (await Promise.all(served)).filter(each => !each).length;
  ledger.expect(unserved === 0, `${unserved} clients are not served although all is well`);
}

/** Nobody asks any more. */
async function comeToRest({ victims, clients, lab }: World, before: Holdings): Promise<Holdings> {
  const { gate, ledger } = victims;
  for (const client of clients) client.leave();
  const holdings = await holdingsAtRest(victims, before);
  closeAuditFile(join(lab.folder, 'audit.log'), ledger);
  gate.signal('SIGHUP');
  ledger.forgetTickets();
  return holdings;
}

async function endUnderLoad(world: World): Promise<Exit> {
  const { victims, life } = world;
  let over = false;
  const raging = rage(world, () => over);
  await pause(endingMs);
  life.ending = true;
  const exit = await endGate(victims.gate, drainMs, victims.ledger);
  over = true;
  await raging;
  return exit;
}

/** Runs it; `say` is told of each spell. */
export async function chaos(t: Teardown, extent: Extent, say: (line: string) => void): Promise<Report> {
  const world = await openWorld(t, extent.seed);
  const { gate, ledger } = world.victims;
  const before = await gate.holdings();
  const holdings: Holdings[] = [];
  for (const spellMs of extent.spellsMs) {
    const end = performance.now() + spellMs;
    await rage(world, () => performance.now() >= end);
    await calm(world);
    const rest = await comeToRest(world, before);
    holdings.push(rest);
    say(`${ledger.counted('requests at the hub')} requests at the hub so far; ${shownHoldings(rest)}`);
  }
  const exit = await endUnderLoad(world);
  const { broken, brokenCount, counts } = ledger;
  return { broken, brokenCount, counts, holdings, exit, output: gate.output() };
}
