/** `hubgate check`: compiles a config, key files included, and says all that is wrong with it. */
import { machineClock } from '../clock.ts';
import { openGeneration } from '../reload/generation.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** A check asks nobody: keys behind a URL are not fetched. */
const keyIo = {
  ask: () => Promise.reject(new Error('not asked by a check')),
  clock: machineClock,
  onEvent: () => undefined,
};

/** Prints every problem and warning; nothing is listened to. */
export async function runCheck(configPath: string, io: ProcessIo): Promise<number> {
  const opened = await openGeneration({ configPath, env: io.env, keyIo });
  if (!opened.ok) {
    for (const problem of opened.problems) io.stderr.write(`${problem}\n`);
    return exitCodes.badConfig;
  }
  opened.generation.keys.close();
  for (const warning of opened.warnings) io.stderr.write(`warning: ${warning}\n`);
  for (const url of opened.keyUrls) io.stdout.write(`not fetched by a check: ${url}\n`);
  io.stdout.write(`${configPath}: fine (policy ${opened.generation.policy.digest.slice(0, 12)})\n`);
  return exitCodes.fine;
}
