/** Starts a program as an operator would: tap puts loaders of its own into NODE_OPTIONS of whatever a test spawns. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** `spawn`, without the NODE_OPTIONS that tap adds on the way; `env` replaces the program, so the pid is its own. */
export function spawnOutsideTap(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn('env', ['-u', 'NODE_OPTIONS', program, ...args], options);
}
