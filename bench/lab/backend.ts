/** The server behind the peers: nginx with 1 KiB answers on kept connections, and one large file. */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { startProgram } from '../machine/programs.ts';
import { nginxCommand, nginxConfig } from './nginx-program.ts';
import { untilReachable } from './reachable.ts';
import { pathPrefix } from './requests.ts';

/** The running server. */
export type Backend = { readonly port: number; readonly stop: () => Promise<void> };

/** Bytes of the small answers' bodies. */
export const pageBytes = 1024;

/** Answers with the field lines as they arrived. */
export const shownPath = `${pathPrefix}/shown`;

/** The path of the large file; `.SIZE` behind it, in MiB. */
export const bulkPath = `${pathPrefix}/bulk`;

/** Sizes of the large file, MiB: for a warm-up, and for a round. */
const bulkSizes: readonly number[] = [16, 256];

type Place = {
  readonly core: number;
  readonly folder: string;
  readonly write: (name: string, content: string) => string;
  readonly originPort: number;
};

/** Starts it; the large files have no bytes on the disk. */
export async function startBackend({ core, folder, write, originPort }: Place): Promise<Backend> {
  const port = await reservePort();
  for (const size of bulkSizes) makeSparse(write(`backend/files/bulk.${size}`, ''), size);
  const own = join(folder, 'backend');
  const config = write('backend/nginx.conf', nginxConfig(own, serverBlock(port, originPort, own)));
  const program = startProgram(core, nginxCommand(own, config));
  await untilReachable(port, program);
  return { port, stop: program.stop };
}

function serverBlock(port: number, originPort: number, folder: string): string {
  return `
  underscores_in_headers on;
  ignore_invalid_headers off;
  large_client_header_buffers 8 32k;
  sendfile on;
  tcp_nopush off;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { default_type application/json; return 200 '${'x'.repeat(pageBytes)}'; }
    location ${bulkPath} { default_type application/octet-stream; alias ${join(folder, 'files', 'bulk')}; }
    location ${shownPath} { proxy_pass http://127.0.0.1:${originPort}; }
  }`;
}

function makeSparse(file: string, mebibytes: number): void {
  const descriptor = openSync(file, 'r+');
  ftruncateSync(descriptor, mebibytes * 1024 * 1024);
  closeSync(descriptor);
}
