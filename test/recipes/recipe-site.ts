/** The server of deploy/recipes/primary-site, run as it stands. */
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';

/** Where the recipe is. */
export const recipeFolder = fileURLToPath(new URL('../../deploy/recipes/primary-site/', import.meta.url));

/** Its settings, as its first lines name them. */
export type RecipeSettings = {
  readonly PORT: string;
  readonly HUB: string;
  readonly ISSUER: string;
  readonly KEY_FILE: string;
};

/** Starts it; the test's end stops it. */
export async function startRecipeSite(t: Test, settings: RecipeSettings): Promise<void> {
  const child = spawnOutsideTap(process.execPath, [join(recipeFolder, 'server.mjs')], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(async () => {
    child.kill();
    await once(child, 'exit');
  });
  if (child.stdout === null) throw new Error('the site says nothing');
  await once(createInterface(child.stdout), 'line');
}
