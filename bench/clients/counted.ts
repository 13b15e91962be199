/** Clients of our own, each a process on the client's core that prints one line of JSON. */
import { join } from 'node:path';
import { type Program, runProgram, startProgram } from '../machine/programs.ts';

/** Runs a client of this folder to its end and gives what it printed; throws when it fails. */
export async function runClient<Result>(core: number, script: string, plan: object): Promise<Result> {
  return JSON.parse(await runProgram(core, commandOf(script, plan))) as Result;
}

/** Starts a client that goes on until it is stopped, and waits for its first line. */
export async function holdClient(core: number, script: string, plan: object): Promise<Program> {
  const program = startProgram(core, commandOf(script, plan));
  const ready = new Promise<void>(resolve => program.child.stdout?.once('data', () => resolve()));
  await Promise.race([ready, program.ended]);
  if (program.hasEnded()) throw new Error(`${script} ended:\n${program.output()}`);
  return program;
}

function commandOf(script: string, plan: object): [string, ...string[]] {
  return [process.execPath, join(import.meta.dirname, script), JSON.stringify(plan)];
}
