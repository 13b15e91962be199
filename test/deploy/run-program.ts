/** Runs a program to its end, as an operator would: without what tap puts into the environment. */
import { spawnSync } from 'node:child_process';

/** How a program ended. */
export type Ending = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs it; throws with what it wrote when it can not be started or ends badly. */
export function runProgram(program: string, args: readonly string[], folder?: string): Ending {
  const ending = tryProgram(program, args, folder);
  if (ending.status === 0) return ending;
  throw new Error(`${program} ${args.join(' ')} ended with ${ending.status}:\n${ending.stdout}${ending.stderr}`);
}

/** Runs it, whatever comes of it; `env` ends with 127 when there is no such program. */
export function tryProgram(program: string, args: readonly string[], folder?: string): Ending {
  const { status, stdout, stderr } = spawnSync('env', ['-u', 'NODE_OPTIONS', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  return { status, stdout, stderr };
}
