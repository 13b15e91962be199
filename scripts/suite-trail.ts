/** Looks through what every gate of a test run wrote for every secret that any test of the run used. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one test puts aside: all that its gates wrote, and the spellings of its secrets. */
export interface Trail {
  readonly output: string;
  readonly secrets: readonly string[];
}

/** The variable that names the folder in which tests put their trails, a JSON file each. */
export const trailFolderVariable = 'HUBGATE_TEST_TRAILS';

/** Every trail of a run. */
export function readTrails(folder: string): readonly Trail[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Trail);
}

/** How many of the run's secrets stand in some gate's output; which ones is not said, the report would leak them. */
export function leakedSecrets(trails: readonly Trail[]): number {
  const secrets = new Set(trails.flatMap(trail => trail.secrets));
  return [...secrets].filter(secret => trails.some(({ output }) => output.includes(secret))).length;
}
