/** Asks a health listener, as a kubelet would. */
import { request } from 'node:http';
import type { Address } from '../config/sections/listen.ts';

const longestWaitMs = 3_000;

/** A listener on every address is asked on loopback. */
function hostToAsk(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** Resolves with null when the answer is 200, else with what is wrong. */
export function askProbe(address: Address, path: string): Promise<string | null> {
  const where =
    address.kind === 'unix' ? { socketPath: address.path } : { host: hostToAsk(address.host), port: address.port };
  return new Promise(resolve => {
    const signal = AbortSignal.timeout(longestWaitMs);
    const probe = request({ ...where, path, headers: { Host: 'localhost', Connection: 'close' }, signal }, answer => {
      answer.resume();
      resolve(answer.statusCode === 200 ? null : `answered with status ${answer.statusCode}`);
    });
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(`does not answer: ${error.code ?? error.message}`));
    probe.end();
  });
}
