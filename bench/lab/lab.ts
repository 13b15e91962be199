/** What a run shares: its folder, its issuer, the servers behind the peers, and which core is whose. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cores, chooseCores } from '../machine/cores.ts';
import { type Backend, startBackend } from './backend.ts';
import { type Issuer, makeIssuer } from './issuer.ts';
import { type Origin, startOrigin } from './origin.ts';

/** The shared parts. */
export type Lab = {
  readonly folder: string;
  readonly cores: Cores;
  readonly issuer: Issuer;
  /** nginx with small and large answers. */
  readonly backend: Backend;
  /** Shows what it receives, swallows uploads, echoes WebSockets. */
  readonly origin: Origin;
  /** A token that may be used over and over. */
  readonly token: string;
  /** Writes a file below the folder and gives its path. */
  readonly write: (name: string, content: string) => string;
  readonly close: () => Promise<void>;
};

/** The user of `token`. */
export const labUser = 'u0000';

/** Makes keys and starts the servers. */
export async function openLab(): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'hubgate-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const write: Lab['write'] = (name, content) => {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const cores = chooseCores();
  const issuer = makeIssuer('lab');
  write('keys/jwks.json', JSON.stringify(issuer.jwks));
  for (const algorithm of ['RS256', 'ES256'] as const) write(`keys/${algorithm}.pem`, issuer.pem(algorithm));
  const origin = await startOrigin(cores.client, issuer.jwks);
  const backend = await startBackend({ core: cores.client, folder, write, originPort: origin.port });
  return {
    folder,
    cores,
    issuer,
    backend,
    origin,
    write,
    token: await issuer.mint(labUser),
    close: async () => {
      await Promise.all([backend.stop(), origin.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
