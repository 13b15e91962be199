/** What can stand where a file is expected, and gives no bytes of its own. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Teardown } from '../gates/lab.ts';

/** Puts a FIFO without a writer there. */
export function makeFifo(path: string): void {
  execFileSync('mkfifo', [path]);
}

/** One of each kind, by its absolute path; the test's end removes them. */
export async function makeIrregularFiles(t: Teardown): Promise<ReadonlyMap<string, string>> {
  // A socket's path must be short.
  const folder = mkdtempSync(join(tmpdir(), 'odd-'));
  const [fifo, socket] = [join(folder, 'fifo'), join(folder, 'socket')];
  makeFifo(fifo);
  const server = createServer().listen(socket);
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return new Map([
    ['a FIFO', fifo],
    ['a socket', socket],
    ['a folder', folder],
    ['a device without an end', '/dev/zero'],
  ]);
}
