/** A fixed piece of work on the proxy's core beside every round: how long it takes shows the machine's drift. */
import { join } from 'node:path';
import { startProgram } from './programs.ts';

/** The loop, ready to run. */
export type Spin = {
  /** Milliseconds that the work took. */
  readonly run: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

/** Starts the process that does the work when told. */
export function startSpin(core: number): Spin {
  const program = startProgram(core, [process.execPath, join(import.meta.dirname, 'spin-process.ts')]);
  const { stdin, stdout } = program.child;
  return {
    run: () =>
      new Promise(resolve => {
        stdout?.once('data', (line: string) => resolve(Number(line)));
        stdin?.write('\n');
      }),
    stop: program.stop,
  };
}
