/** Binds a server to an address, and says which one could not be bound. */
import { access, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { Address } from '../config/sections/listen.ts';

/** A place could not be bound; the message names it and why, by the system's code where that says it. */
class ListenError extends Error {
  override readonly name: string = 'ListenError';
  override readonly cause: NodeJS.ErrnoException;

  constructor(address: Address, cause: NodeJS.ErrnoException, why = cause.code ?? cause.message) {
    super(`can not listen on ${addressText(address)}: ${why}`);
    this.cause = cause;
  }
}

/** As the config writes it. */
export function addressText(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function listenOnce(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      server.off('error', onError).off('listening', onListening);
      outcome();
    };
    const onError = (error: Error): void => settle(() => reject(new ListenError(address, error)));
    const onListening = (): void => settle(resolve);
    server.on('error', onError).on('listening', onListening);
    server.listen(address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port });
  });
}

/** Whether a socket file is what a process that is no more has left behind. */
function isDeserted(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect({ path });
    const settle = (deserted: boolean): void => {
      probe.destroy();
      resolve(deserted);
    };
    probe.once('connect', () => settle(false));
    probe.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED'));
  });
}

/** A folder that is not there comes as EACCES: libuv makes that of the system's ENOENT. */
async function missingFolder(path: string): Promise<string | null> {
  const folder = dirname(path);
  return access(folder).then(
    () => null,
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? folder : null),
  );
}

/** Makes place where a process that is no more has left its socket; else says why there is none. */
async function makePlace(path: string, error: ListenError): Promise<void> {
  const { cause } = error;
  const folder = cause.code === 'EACCES' ? await missingFolder(path) : null;
  if (folder !== null) throw new ListenError({ kind: 'unix', path }, cause, `the folder ${folder} does not exist`);
  if (cause.code !== 'EADDRINUSE' || !(await isDeserted(path))) throw error;
  await unlink(path);
}

function boundAddress(server: Server, wanted: Address): Address {
  const bound = server.address();
  if (wanted.kind === 'unix' || bound === null || typeof bound === 'string') return wanted;
  return { kind: 'tcp', host: wanted.host, port: bound.port };
}

/** Listens, over a deserted socket file too; gives the address with the port that the system chose. */
export async function listenOn(server: Server, address: Address): Promise<Address> {
  try {
    await listenOnce(server, address);
  } catch (error) {
    if (address.kind !== 'unix' || !(error instanceof ListenError)) throw error;
    await makePlace(address.path, error);
    await listenOnce(server, address);
  }
  server.on('error', () => undefined);
  return boundAddress(server, address);
}
