/** A gate by TLS on both sides, in a process of its own, whose named files all change, and what can be asked of it. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { TestCertificate } from '../../clients/certificates.ts';
import { rawRequest } from '../../clients/raw-client.ts';
import type { GateProcess } from '../../gates/gate-process.ts';
import { publicHost } from '../../gates/lab.ts';
import type { PlacedFiles } from './placed-files.ts';
import type { TlsHub } from './tls-hub.ts';

/** What admin says. */
export type Readiness = {
  readonly status: number;
  readonly generation: number;
  readonly configProblems: readonly string[];
};

/** Where the gate listens. */
export type Ports = { readonly plain: number; readonly secure: number; readonly admin: number };

const patienceMs = 15_000;

/** Looks again until it holds; the last look when it never does. */
export async function until<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (holds(seen) || performance.now() > deadline) return seen;
    await pause(50);
  }
}

/** Where a gate listens that has a plain listener, and one by TLS after it. */
export async function portsOf(gate: GateProcess): Promise<Ports> {
  const both = /"for":"browsers","address":"[^"]+:(\d+)".*"for":"browsers","address":"[^"]+:(\d+)"/s;
  const [, plain, secure] = await gate.says(both);
  return { plain: Number(plain), secure: Number(secure), admin: await gate.port('admin') };
}

/** The gate, its files and its hub. */
export class Stand {
  readonly files: PlacedFiles;
  readonly hub: TlsHub;
  readonly ports: Ports;
  /** Who signs the gate's certificates. */
  readonly authority: TestCertificate;
  /** All that were ever in admin's file, the latest first. */
  readonly adminTokens: string[];

  constructor(parts: Pick<Stand, 'files' | 'hub' | 'ports' | 'authority' | 'adminTokens'>) {
    this.files = parts.files;
    this.hub = parts.hub;
    this.ports = parts.ports;
    this.authority = parts.authority;
    this.adminTokens = parts.adminTokens;
  }

  /** The status of one request, by plain HTTP on a connection of its own. */
  async status(token: string): Promise<number> {
    const bytes = `GET /hub/login HTTP/1.1\r\nHost: ${publicHost}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const [answer] = await rawRequest({ port: this.ports.plain, bytes, deadlineMs: patienceMs });
    return answer?.status ?? 0;
  }

  /** The status of a question to admin with that token, and what it says. */
  async askAdmin(token: string): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { Authorization: `Bearer ${token}`, Connection: 'close' };
    const outgoing = request({ host: '127.0.0.1', port: this.ports.admin, path: '/readyz', headers }).end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    let text = '';
    for await (const part of incoming) text += part;
    return { status: incoming.statusCode ?? 0, text };
  }

  /** By whichever of its tokens is in force; a reload may come between two of them, so each is tried again. */
  async readiness(): Promise<Readiness> {
    for (const token of [...this.adminTokens, ...this.adminTokens]) {
      const { status, text } = await this.askAdmin(token);
      if (status !== 401) return { ...(JSON.parse(text) as Omit<Readiness, 'status'>), status };
    }
    throw new Error('admin takes none of its tokens');
  }

  /** The fingerprint that the gate shows by TLS, and whether a client with that certificate, or none, is answered. */
  async visit(own?: TestCertificate): Promise<{ readonly shown: string; readonly answered: boolean }> {
    const socket = connect({ port: this.ports.secure, host: '127.0.0.1', ca: this.authority.cert, ...own });
    socket.on('error', () => undefined);
    let shown = '';
    socket.once('secureConnect', () => {
      shown = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
      socket.write(`GET / HTTP/1.1\r\nHost: ${publicHost}\r\n\r\n`);
    });
    const answered = await new Promise<boolean>(resolve => {
      socket.once('data', () => resolve(true)).once('close', () => resolve(false));
    });
    socket.destroy();
    return { shown, answered };
  }
}
