/** `hubgate check`: compiles a config, keys included, and says all that is wrong with it. */
import { openGeneration } from '../generation.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** Prints every problem and warning; nothing is listened to and nobody is asked. */
export async function runCheck(configPath: string, io: ProcessIo): Promise<number> {
  const opened = openGeneration({ configPath, env: io.env, number: 1 });
  for (const warning of opened.warnings) io.stderr.write(`warning: ${warning}\n`);
  if (!opened.ok) {
    for (const problem of opened.problems) io.stderr.write(`${problem}\n`);
    return exitCodes.badConfig;
  }
  io.stdout.write(`${configPath}: fine (policy ${opened.generation.policy.digest.slice(0, 12)})\n`);
  return exitCodes.fine;
}
