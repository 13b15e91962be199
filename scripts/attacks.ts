/** `npm run attacks [-- --ours]`: plays the attack catalogue and prints what is held, and, without `--ours`, what other proxies let arrive. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killAllPrograms } from '../bench/machine/programs.ts';
import { openArena } from '../test/attacks/arena.ts';
import type { AttackRow } from '../test/attacks/attack.ts';
import { catalogue, later } from '../test/attacks/catalogue.ts';
import { heldReport, playAll } from '../test/attacks/held.ts';
import { attackPeers } from '../test/attacks/peers/all.ts';
import { comparisonReport, type Opponent, startGate, startPeer } from '../test/attacks/peers/comparison.ts';
import type { AttackPeer } from '../test/attacks/peers/peer.ts';
import { attackRows } from '../test/attacks/rows/all.ts';
import { attackPeerPackages, provideSystemPackages } from './system-packages.ts';

const longestMs = 5 * 60_000;

/** Null: the arguments are none. */
function onlyOurs(): boolean | null {
  try {
    return parseArgs({ options: { ours: { type: 'boolean' } } }).values.ours ?? false;
  } catch {
    return null;
  }
}

async function playOurs(rows: readonly AttackRow[]): Promise<boolean> {
  const arena = await openArena();
  try {
    const plays = await playAll(arena, rows);
    process.stdout.write(heldReport(plays, catalogue, later));
    return plays.every(({ held }) => held);
  } finally {
    await arena.close();
  }
}

async function observePeers(rows: readonly AttackRow[]): Promise<void> {
  provideAttackPeers();
  const folder = mkdtempSync(join(tmpdir(), 'hubgate-attacks-'));
  // The workers of a server that was started by root are somebody else.
  chmodSync(folder, 0o755);
  const opponents: Opponent[] = [];
  try {
    opponents.push(await startGate());
    for (const peer of attackPeers.filter(isThere)) opponents.push(await startPeer(peer, folder));
    const observed = await Promise.all(opponents.map(opponent => opponent.observe(rows)));
    process.stdout.write(comparisonReport(observed, catalogue));
  } finally {
    for (const opponent of opponents) await opponent.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function provideAttackPeers(): void {
  try {
    provideSystemPackages(attackPeerPackages);
  } catch (error) {
    process.stdout.write(`!!! ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function isThere(peer: AttackPeer): boolean {
  const there = peer.version() !== null;
  if (!there)
    process.stdout.write(
      `!!! ${peer.name} IS MISSING and was not played: apt-get install ${peer.packages.join(' ')}\n`,
    );
  return there;
}

function giveUp(): void {
  process.stderr.write(`not done after ${longestMs / 60_000} minutes\n`);
  process.exit(1);
}

const ours = onlyOurs();
if (ours === null) {
  process.stderr.write('usage: npm run attacks [-- --ours]\n');
  process.exitCode = 64;
} else {
  setTimeout(giveUp, longestMs).unref();
  process.once('exit', killAllPrograms);
  process.exitCode = (await playOurs(attackRows)) ? 0 : 1;
  if (!ours) await observePeers(attackRows);
}
