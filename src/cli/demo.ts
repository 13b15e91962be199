/** `hubgate demo`: shows on an embedded hub what the gate does; with `--check` it tries the promises itself. */
import { PassThrough } from 'node:stream';
import { exchange } from '../demo/exchange.ts';
import { brokenPromises } from '../demo/promises.ts';
import { curlCommand, type DemoRequest, demoRequests } from '../demo/requests.ts';
import { type Demo, startDemo } from '../demo/run.ts';
import { StartError, startGate } from '../serve.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

const friendlyPorts = [8080, 8081, 8082, 8888];

/** Runs until SIGINT or SIGTERM, or with `check` until all is tried; gives the exit code. */
export async function runDemo(options: { readonly check: boolean }, io: ProcessIo): Promise<number> {
  try {
    return await (options.check ? check(io) : serve(io));
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    for (const line of error.lines) io.stderr.write(`${line}\n`);
    return exitCodes.failed;
  }
}

async function serve(io: ProcessIo): Promise<number> {
  const { stdout, stderr, env } = io;
  const stopped = stopSignal(io);
  const demo = await startDemo({ startGate, ports: friendlyPorts, env, stdout, stderr });
  stdout.write(instructions(demo));
  await stopped;
  await demo.stop();
  return exitCodes.fine;
}

function stopSignal(io: ProcessIo): Promise<void> {
  return new Promise(resolve => {
    const stop = (): void => {
      io.off('SIGINT', stop);
      io.off('SIGTERM', stop);
      resolve();
    };
    io.on('SIGINT', stop);
    io.on('SIGTERM', stop);
  });
}

function instructions(demo: Demo): string {
  const rows = demoRequests.map(
    (request, at) =>
      `# ${at + 1}. ${request.title}\n#    expect: ${request.expect}\n${curlCommand(request, demo.origin)}\n`,
  );
  return `hubgate demo: the gate listens on ${demo.origin}, before an embedded hub that shows what it received.
The proxy of the hub, which stands between them, adds its own values to X-Forwarded-*.
Paste the two tokens into a shell first, then any of the commands.

GOOD=${demo.tokens.GOOD}
EXPIRED=${demo.tokens.EXPIRED}

${rows.join('\n')}
Below stands one line for each request. Ctrl-C ends the demo.

`;
}

async function check(io: ProcessIo): Promise<number> {
  const log = new PassThrough();
  const demo = await startDemo({ startGate, ports: [], env: io.env, stdout: log.resume(), stderr: io.stderr });
  try {
    let failed = 0;
    for (const request of demoRequests) {
      const faults = await faultsOf(request, demo);
      failed += faults.length === 0 ? 0 : 1;
      io.stdout.write(
        faults.length === 0 ? `ok      ${request.title}\n` : `FAILED  ${request.title}: ${faults.join('; ')}\n`,
      );
    }
    io.stdout.write(`${demoRequests.length - failed} as promised, ${failed} failed\n`);
    return failed === 0 ? exitCodes.fine : exitCodes.failed;
  } finally {
    await demo.stop();
  }
}

async function faultsOf(request: DemoRequest, demo: Demo): Promise<string[]> {
  const before = demo.arrivals();
  try {
    const answer = await exchange(request, demo.origin, demo.tokens);
    return brokenPromises(request.promise, answer, demo.arrivals() > before);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
