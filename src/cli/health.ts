/** `hubgate health`: asks a running gate whether it is up, for a container's health check. */
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import { askProbe } from '../doors/probe.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** Fails when nothing answers 200 on the health listener. */
export async function runHealth(configPath: string, io: ProcessIo): Promise<number> {
  const loaded = loadConfig(configPath, io.env);
  if (!loaded.ok) {
    for (const problem of loaded.problems) io.stderr.write(`${formatProblem(problem)}\n`);
    return exitCodes.badConfig;
  }
  const address = probeAddress(loaded.config);
  if (address === null) {
    io.stderr.write('hubgate: there is nothing to ask: set health.address, or admin.address without tokenFile\n');
    return exitCodes.badConfig;
  }
  const fault = await askProbe(address, '/healthz');
  io.stdout.write(`${fault ?? 'ok'}\n`);
  return fault === null ? exitCodes.fine : exitCodes.failed;
}

function probeAddress({ health, admin }: Config): Config['health']['address'] {
  return health.address ?? (admin?.tokenFile === null ? admin.address : null);
}
