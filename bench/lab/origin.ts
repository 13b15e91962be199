/** Starts the server that shows, swallows and echoes. */
import { join } from 'node:path';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { startProgram } from '../machine/programs.ts';
import { untilReachable } from './reachable.ts';

/** The running server. */
export type Origin = { readonly port: number; readonly stop: () => Promise<void> };

/** Starts it on that core; it serves `jwks` to peers that fetch their keys. */
export async function startOrigin(core: number, jwks: object): Promise<Origin> {
  const port = await reservePort();
  const script = join(import.meta.dirname, 'origin-process.ts');
  const program = startProgram(core, [process.execPath, script, String(port), JSON.stringify(jwks)]);
  await untilReachable(port, program);
  return { port, stop: program.stop };
}
