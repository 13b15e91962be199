/** Real doors on port 0 with a minimal policy, in front of whatever a test puts there as the hub. */

import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';
import { type Clock, machineClock } from '../../src/clock.ts';
import type { LimitsConfig } from '../../src/config/sections/limits.ts';
import type { Address } from '../../src/config/sections/listen.ts';
import { type Doors, openDoors } from '../../src/doors/doors.ts';
import type { FindOut } from '../../src/doors/judge.ts';
import { compileCookieRules } from '../../src/gate/hub/cookie-rules.ts';
import { compileHubFields } from '../../src/gate/hub/hub-fields.ts';
import type { Policy, Prover } from '../../src/gate/policy.ts';
import { refuse } from '../../src/gate/reasons.ts';
import { compileReserved } from '../../src/gate/request/reserved.ts';
import { addressSet, parseCidr } from '../../src/http/address.ts';
import { wantedWorkarounds } from '../../src/hub/workarounds.ts';
import type { AuditRecord } from '../../src/observe/audit.ts';
import type { HubTls, ListenerTls } from '../../src/wire/secure.ts';
import { openHubClient } from '../../src/wire/upstream/hub-client.ts';

/** Takes `Bearer alice` for a proof that the user is alice. */
const nameIsProof: Prover = {
  name: 'test',
  prove(request) {
    const user = /^Bearer ([a-z]+)$/.exec(request.authorization ?? '')?.[1];
    if (user === undefined) return null;
    return {
      prover: 'test',
      credential: 'bearer',
      carrier: 'authorization',
      issuer: 'test',
      username: user,
      groups: [],
      claims: {},
      asserted: new Map(),
      expiresAt: Number.MAX_SAFE_INTEGER,
    };
  },
};

/** The field line that proves. */
export const proof = 'Authorization: Bearer alice\r\n';

export const testLimits: LimitsConfig = {
  headerBytes: 16 * 1024,
  headers: 100,
  repeatedFields: 20,
  targetBytes: 8192,
  bodyBytes: 0,
  headerTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  bodyStallTimeoutMs: 60_000,
  hubConnectTimeoutMs: 5000,
  hubResponseTimeoutMs: 30_000,
  drainTimeoutMs: 5000,
  connections: 0,
  connectionsPerAddress: 0,
  requestsPerUser: 0,
  webSocketsPerUser: 0,
};

function loopback(): Policy['trust']['proxies'] {
  const parsed = parseCidr('127.0.0.1/32');
  if (!parsed.ok) throw new Error(parsed.fault);
  return addressSet([parsed.cidr]);
}

/** A policy that proves by name and injects Remote-User on the login. */
function testPolicy(limits: LimitsConfig, overrides: Partial<Policy> = {}): Policy {
  return {
    digest: '00',
    publicOrigin: 'https://hub.example.org',
    publicHost: 'hub.example.org',
    publicScheme: 'https',
    publicPort: 443,
    hosts: 'any',
    userHosts: null,
    places: { baseUrl: '/', publicExact: new Set(), publicPrefixes: [], general: false },
    trust: {
      proxies: loopback(),
      others: 'refuse',
      clientAddress: 'X-Forwarded-For',
      unixPeers: true,
      signInProxies: addressSet([]),
    },
    limits,
    reserved: compileReserved(['Remote-User'], []),
    cookies: compileCookieRules([]),
    reach: 'everything',
    delivery: null,
    exchange: false,
    workarounds: wantedWorkarounds([]),
    onSpoof: 'strip',
    tokenProtocols: [],
    hubFields: compileHubFields([]),
    provers: [nameIsProof],
    apiTokens: 'refuse',
    user: {
      lowercase: true,
      map: new Map(),
      mapTargets: new Set(),
      deniedHubUsers: new Set(),
      pattern: /^[a-z]+$/u,
      reserved: new Set(),
      allow: { users: new Set(), groups: new Set() },
      deny: { users: new Set(), groups: new Set() },
      hubName: user => ({ name: user, exact: true }),
      unicode: null,
    },
    namedInBodies: { loginForm: false, tokenRequest: false },
    injections: [{ header: 'Remote-User', paths: new Set(['/hub/login']), value: identity => identity.user }],
    refusedPaths: new Set(),
    headerBudget: 15 * 1024,
    webSocketOrigins: new Set(),
    webSocketLife: { pingIntervalMs: 0, closeOnExpiry: true, graceMs: 0 },
    ...overrides,
  };
}

/** A hub that is nothing but sockets; every connection is kept to be ended. */
export interface SocketHub {
  readonly server: Server;
  readonly port: number;
  readonly sockets: readonly Socket[];
  /** All bytes that came, over all connections, latin1. */
  received(): string;
  close(): Promise<void>;
}

/** Listens on port 0, or takes a server that speaks for itself. */
export async function openSocketHub(serve: ((socket: Socket) => void) | Server): Promise<SocketHub> {
  const server = typeof serve === 'function' ? createTcpServer(serve) : serve;
  const sockets: Socket[] = [];
  const chunks: Buffer[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    if (typeof serve === 'function') socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    sockets,
    received: () => Buffer.concat(chunks).toString('latin1'),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A hub that answers every request head with the same bytes (latin1), and then perhaps closes. */
export function scriptedHub(answer: string, then: 'stay' | 'close' | 'reset' = 'stay'): Promise<SocketHub> {
  return openSocketHub(socket => {
    let pending = '';
    socket.on('data', chunk => {
      pending += chunk.toString('latin1');
      if (!pending.includes('\r\n\r\n')) return;
      pending = '';
      socket.write(Buffer.from(answer, 'latin1'), () => {
        if (then === 'close') socket.end();
        if (then === 'reset') socket.resetAndDestroy();
      });
    });
  });
}

/** Doors that are open, and what they told the audit trail. */
export interface House {
  readonly port: number;
  readonly doors: Doors;
  readonly policy: Policy;
  readonly records: readonly AuditRecord[];
  /** Resolves when there are so many records. */
  settled(count: number): Promise<void>;
  close(): Promise<void>;
}

/** What a house is built with. */
export interface HouseOptions {
  /** A port of 127.0.0.1, or a whole address. */
  readonly hub: number | Address;
  readonly limits?: Partial<LimitsConfig>;
  readonly policy?: Partial<Policy>;
  readonly listen?: readonly Address[];
  /** Absent: the machine's. */
  readonly clock?: Clock;
  /** Told of every policy that is asked for; gives the one in force. */
  readonly inForce?: (policy: Policy) => Policy;
  /** Looks up what a prover asks for; absent: nothing can be found. */
  readonly findOut?: FindOut;
  /** Of every listener. */
  readonly tls?: ListenerTls;
  readonly hubTls?: HubTls;
  /** Connections to the hub at a time. */
  readonly hubConnections?: number;
  readonly onHandshakeFailed?: (fault: string) => void;
  /** Of every listener. */
  readonly proxyProtocol?: 'none' | 'required';
  readonly onHeaderRefused?: (fault: string) => void;
}

/** Opens doors in front of a hub. */
export async function openHouse(options: HouseOptions): Promise<House> {
  const limits = { ...testLimits, ...options.limits };
  const policy = testPolicy(limits, options.policy);
  const listen = options.listen ?? [{ kind: 'tcp', host: '127.0.0.1', port: 0 }];
  const address: Address =
    typeof options.hub === 'number' ? { kind: 'tcp', host: '127.0.0.1', port: options.hub } : options.hub;
  const hub = openHubClient({
    address,
    tls: options.hubTls ?? null,
    connectTimeoutMs: limits.hubConnectTimeoutMs,
    responseTimeoutMs: limits.hubResponseTimeoutMs,
    ...(options.hubConnections === undefined ? {} : { mostConnections: options.hubConnections }),
  });
  const records: AuditRecord[] = [];
  const waiting = new Set<() => void>();
  const doors = await openDoors({
    audience: 'browsers',
    listen: listen.map(address => ({
      address,
      tls: options.tls ?? null,
      proxyProtocol: options.proxyProtocol ?? 'none',
    })),
    gate: {
      inForce: () => ({
        policy: options.inForce?.(policy) ?? policy,
        findOut: options.findOut ?? (async () => refuse('internal-error')),
      }),
      clock: options.clock ?? machineClock,
    },
    hub,
    limits,
    onSettled(record) {
      records.push(record);
      for (const wake of waiting) wake();
    },
    onHandshakeFailed: options.onHandshakeFailed ?? (() => undefined),
    onHeaderRefused: options.onHeaderRefused ?? (() => undefined),
  });
  const [first] = doors.addresses;
  return {
    port: first?.kind === 'tcp' ? first.port : 0,
    doors,
    policy,
    records,
    settled: count =>
      new Promise(resolve => {
        const wake = (): void => {
          if (records.length < count) return;
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
        wake();
      }),
    async close() {
      await doors.drain(0);
      await hub.close();
    },
  };
}

/** A house in front of a hub, and both closed when `use` is over. */
export async function within(
  hub: SocketHub,
  options: Partial<HouseOptions>,
  use: (house: House) => Promise<void>,
): Promise<void> {
  const house = await openHouse({ hub: hub.port, ...options });
  try {
    await use(house);
  } finally {
    await house.close();
    await hub.close();
  }
}

/** Lets the event loop turn until the condition holds; the runner's timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await tick();
}
