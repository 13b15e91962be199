/** `npm run attacks [-- --peers]`: plays the attack catalogue and prints what is held; with `--peers`, and what other proxies let arrive. */
import { parseArgs } from 'node:util';
import { openArena } from '../test/attacks/arena.ts';
import { catalogue, later } from '../test/attacks/catalogue.ts';
import { heldReport, playAll } from '../test/attacks/report/held.ts';
import { attackFamilies } from '../test/attacks/rows/all.ts';

const longestMs = 5 * 60_000;

function wantsPeers(): boolean | null {
  try {
    return parseArgs({ options: { peers: { type: 'boolean' } } }).values.peers ?? false;
  } catch {
    return null;
  }
}

async function playOurs(): Promise<boolean> {
  const arena = await openArena();
  try {
    const plays = await playAll(arena, Object.values(attackFamilies).flat());
    process.stdout.write(heldReport(plays, catalogue, later));
    return plays.every(({ held }) => held);
  } finally {
    await arena.close();
  }
}

function giveUp(): void {
  process.stderr.write(`not done after ${longestMs / 60_000} minutes\n`);
  process.exit(1);
}

const peers = wantsPeers();
if (peers === null) {
  process.stderr.write('usage: npm run attacks [-- --peers]\n');
  process.exitCode = 64;
} else {
  setTimeout(giveUp, longestMs).unref();
  process.exitCode = (await playOurs()) ? 0 : 1;
}
