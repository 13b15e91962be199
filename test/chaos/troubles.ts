/** All that befalls the hub, the issuer and the gate while clients ask. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../soak/chance.ts';
import type { InspectedGate } from '../soak/inspected-gate.ts';
import type { Ledger } from '../soak/ledger.ts';
import type { SoakHub } from '../soak/soak-hub.ts';
import type { Stopping } from '../soak/stopping.ts';
import type { KeyServer } from './key-server.ts';

/** Whom trouble can befall. */
export type Victims = {
  readonly gate: InspectedGate;
  readonly hub: SoakHub;
  readonly keyServer: KeyServer;
  readonly ledger: Ledger;
  /** Writes a config: a good one of several, or one that does not hold. */
  readonly writeConfig: (isGood: boolean, chance: Chance) => void;
  /** Gives users of the issuer whose keys turn their new tokens. */
  readonly renewTokens: () => void;
  /** SIGHUP, unless the gate is ending: Node gives signals back to the system before the process is gone. */
  readonly hangUp: () => void;
};

/** One kind of trouble, again and again until it is over; leaves everybody well. */
export type Trouble = (victims: Victims, chance: Chance, isOver: () => boolean) => Promise<void>;

const hangups = 200;

async function outage({ goAway, comeBack }: Stopping, milliseconds: number): Promise<void> {
  goAway();
  await pause(milliseconds);
  await comeBack();
}

async function hubFails({ hub, ledger }: Victims, chance: Chance, isOver: () => boolean): Promise<void> {
  // A restart comes first, so that no run is without.
  for (let what = 'restarts'; !isOver(); what = chance.pick(['restarts', 'hangs', 'closes all that is idle'])) {
    await pause(chance.between(200, 1500));
    ledger.count(`trouble: the hub ${what}`);
    if (what === 'restarts') await outage(hub.stopping, chance.oneIn(3) ? 0 : chance.below(500));
    else if (what === 'hangs') {
      hub.stopping.hang();
      await pause(chance.between(100, 1500));
      hub.stopping.wake();
    } else hub.dropIdle();
  }
}

/** At no better time than any other. */
async function hubClosesIdle({ hub }: Victims, chance: Chance, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await pause(chance.below(40));
    hub.dropOne();
  }
}

async function keysGo(victims: Victims, chance: Chance, isOver: () => boolean): Promise<void> {
  const { keyServer, ledger, hangUp, writeConfig, renewTokens } = victims;
  while (!isOver()) {
    await pause(chance.between(800, 3000));
    const back = outage(keyServer.stopping, chance.below(1500));
    ledger.count('trouble: the issuer goes away, and comes back with other keys');
    // Half of the time a gate asks while nobody answers.
    const early = chance.oneIn(2);
    if (!early) await back;
    keyServer.turn();
    renewTokens();
    writeConfig(true, chance);
    hangUp();
    await back;
  }
}

async function storm({ hangUp, writeConfig }: Victims, chance: Chance): Promise<void> {
  for (let sent = 0; sent < hangups; sent += 1) {
    if (chance.oneIn(10)) writeConfig(!chance.oneIn(3), chance);
    hangUp();
    await pause(1000 / hangups);
  }
}

async function reloads(victims: Victims, chance: Chance, isOver: () => boolean): Promise<void> {
  const { hangUp, ledger, writeConfig } = victims;
  while (!isOver()) {
    await pause(chance.between(100, 1500));
    if (chance.oneIn(5)) {
      ledger.count('trouble: a storm of SIGHUPs and config changes');
      await storm(victims, chance);
    } else {
      const isGood = !chance.oneIn(3);
      ledger.count(`trouble: a ${isGood ? 'good' : 'bad'} config`);
      writeConfig(isGood, chance);
      hangUp();
    }
  }
}

/** All kinds, which go on side by side. */
export const troubles: readonly Trouble[] = [hubFails, hubClosesIdle, keysGo, reloads];
