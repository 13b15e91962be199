/** `hubgate health`: asks a running gate whether it is up, for a container's health check. */
import { parseConfig, readConfigText } from '../config/load.ts';
import { probeAddress } from '../config/probe-address.ts';
import { formatProblem, type Problem } from '../config/problems.ts';
import { askProbe } from '../doors/probe.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** What a start would say of the config, which is the likeliest reason where health fails. */
function problemsOf(text: string, configPath: string, io: ProcessIo): readonly Problem[] {
  const parsed = parseConfig(text, configPath, io.env);
  return parsed.ok ? [] : parsed.problems;
}

function say(lines: readonly string[], io: ProcessIo): void {
  for (const line of lines) io.stderr.write(`${line}\n`);
}

/** The fault once: a problem of the config says it with its place. */
function faultLines(fault: string, problems: readonly Problem[]): string[] {
  const isSaid = problems.some(({ path, message }) => `${path}: ${message}` === fault);
  return [...(isSaid ? [] : [`hubgate: ${fault}`]), ...problems.map(formatProblem)];
}

/** Fails when nothing answers 200; a config that the gate would refuse is no reason, for the one before is in force. */
export async function runHealth(configPath: string, io: ProcessIo): Promise<number> {
  const read = readConfigText(configPath);
  if (!('text' in read)) {
    say([`hubgate: ${formatProblem(read)}`], io);
    return exitCodes.badConfig;
  }
  const found = probeAddress(read.text, io.env);
  if ('fault' in found) {
    say(faultLines(found.fault, problemsOf(read.text, configPath, io)), io);
    return exitCodes.badConfig;
  }
  const fault = await askProbe(found.address, '/healthz');
  io.stdout.write(`${fault ?? 'ok'}\n`);
  if (fault === null) return exitCodes.fine;
  say(problemsOf(read.text, configPath, io).map(formatProblem), io);
  return exitCodes.failed;
}
