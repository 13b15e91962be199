/** argv → command: the one that runs the gate by the shortest way, the others through the parser of command lines. */
import { exitCodes } from './cli/exit-codes.ts';
import type { ProcessIo } from './cli/process-io.ts';
import { runGate } from './cli/run.ts';

/** The file of `--config FILE` and nothing else; null: the parser has to look at it. */
function configAlone([option, file, ...more]: readonly string[]): string | null {
  const isFile = file !== undefined && file !== '' && !file.startsWith('-');
  return option === '--config' && isFile && more.length === 0 ? file : null;
}

/** The parser takes a tenth of the time that the gate takes to start, so it is loaded where it is needed. */
async function run(argv: readonly string[], io: ProcessIo): Promise<number> {
  const configPath = configAlone(argv);
  if (configPath !== null) return runGate(configPath, io);
  const { runCommandLine } = await import('./cli/command-line.ts');
  return runCommandLine(argv, io);
}

/** Runs one command; resolves with its exit code. */
export async function main(argv: readonly string[], io: ProcessIo): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    io.stderr.write(`hubgate: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
    return exitCodes.internal;
  }
}
