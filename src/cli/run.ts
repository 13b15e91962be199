/** `hubgate --config FILE`: runs the gate until it is told to stop. */
import { type RunningGate, StartError, startGate } from '../serve.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** For what is still on its way when the gate has stopped, by far. */
const lastPatienceMs = 3000;

/**
 * A thread that waits for a disk keeps the process, and process.exit() waits for that thread as well; a signal does not.
 * Where nothing is left, the process is gone before.
 */
function endForCertain(io: ProcessIo): void {
  const end = (): void => {
    io.stderr.write('hubgate: a file does not answer, so the process ends by SIGTERM\n');
    io.kill(io.pid, 'SIGTERM');
  };
  setTimeout(end, lastPatienceMs).unref();
}

async function start(configPath: string, io: ProcessIo): Promise<RunningGate | number> {
  try {
    return await startGate({ configPath, env: io.env, stdout: io.stdout, stderr: io.stderr });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    for (const line of error.lines) io.stderr.write(`${line}\n`);
    return error.kind === 'config' ? exitCodes.badConfig : exitCodes.failed;
  }
}

/** The first SIGTERM or SIGINT drains, the second ends at once; SIGHUP reloads. Resolves with the exit code. */
export async function runGate(configPath: string, io: ProcessIo): Promise<number> {
  const gate = await start(configPath, io);
  if (typeof gate === 'number') return gate;
  const reload = (): void => void gate.reload();
  const stop = (): void => void gate.stop();
  io.on('SIGHUP', reload);
  io.on('SIGTERM', stop);
  io.on('SIGINT', stop);
  await gate.stopped;
  io.off('SIGHUP', reload);
  io.off('SIGTERM', stop);
  io.off('SIGINT', stop);
  endForCertain(io);
  return exitCodes.fine;
}
