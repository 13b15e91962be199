/** `hubgate health`: asks a running gate whether it is up, for a container's health check. */
import { readConfigText } from '../config/load.ts';
import { probeAddress } from '../config/probe-address.ts';
import { formatProblem } from '../config/problems.ts';
import { askProbe } from '../doors/probe.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** Fails when nothing answers 200; a config that the gate would refuse is no reason, for the one before is in force. */
export async function runHealth(configPath: string, io: ProcessIo): Promise<number> {
  const read = readConfigText(configPath);
  const found = 'text' in read ? probeAddress(read.text, io.env) : { fault: formatProblem(read) };
  if ('fault' in found) {
    io.stderr.write(`hubgate: ${found.fault}\n`);
    return exitCodes.badConfig;
  }
  const fault = await askProbe(found.address, '/healthz');
  io.stdout.write(`${fault ?? 'ok'}\n`);
  return fault === null ? exitCodes.fine : exitCodes.failed;
}
