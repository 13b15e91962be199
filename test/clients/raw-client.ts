/** An HTTP/1.1 client that sends exactly the bytes it is given and shows exactly the bytes that came back. */
import { connect, type Socket } from 'node:net';
import { type RawResponse, ResponseReader } from './response-reader.ts';

/** Where to connect, what to send, and how much to wait for. */
export type RawRequest = {
  readonly port?: number;
  readonly host?: string;
  /** The address to come from, where it matters. */
  readonly localAddress?: string;
  /** A Unix socket, instead of port and host. */
  readonly path?: string;
  /** Strings are latin1. */
  readonly bytes: string | Buffer;
  /** How many final responses to read, interim ones (1xx) not counted; 1 when absent. */
  readonly responses?: number;
  /** The requests are HEAD: their responses have no body. */
  readonly head?: boolean;
  /** Read on until the server closes, to see that it does and that nothing follows. */
  readonly untilClosed?: boolean;
  /** For the whole exchange; 10 s when absent. */
  readonly deadlineMs?: number;
};

/**
 * Sends the bytes and reads the responses, interim ones included.
 * Ends with the last response asked for, or when the server closes; after `Connection: close` it waits for that.
 * Rejects when what comes is no response, and when the deadline passes, with what had come until then; a connection cut after some bytes is no error.
 */
export function rawRequest(request: RawRequest): Promise<RawResponse[]> {
  const wanted = request.responses ?? 1;
  const reader = new ResponseReader(request.head === true);
  return new Promise((resolve, reject) => {
    const socket = connected(request);
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reader.finish(closed));
    };
    const timer = setTimeout(() => {
      socket.destroy();
      const got = reader.received().toString('latin1');
      reject(new Error(`no complete answer in time; ${got.length} bytes came: ${JSON.stringify(got.slice(0, 500))}`));
    }, request.deadlineMs ?? 10_000);
    socket.on('connect', () => socket.write(toBytes(request.bytes)));
    const refuse = (error: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        return refuse(error);
      }
      if (request.untilClosed !== true && reader.finalCount() >= wanted && !reader.expectsClose()) finish(false);
    });
    socket.on('end', () => finish(true));
    socket.on('error', error => {
      if (socket.connecting || ('syscall' in error && error.syscall === 'connect')) {
        refuse(error);
      } else finish(true);
    });
  });
}

/** Values of every field line of that name, case-insensitive, in wire order. */
export function fieldValues(response: Pick<RawResponse, 'fields'>, name: string): string[] {
  return response.fields.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

function connected({ port, host = '127.0.0.1', localAddress, path }: RawRequest): Socket {
  if (path !== undefined) return connect({ path });
  if (port === undefined) throw new Error('a raw request needs a port or a path');
  return connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) });
}

function toBytes(bytes: string | Buffer): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
}
