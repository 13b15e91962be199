/** The contract's configs behind real doors, and a client that sends the very bytes of a row from the address it names. */

import { connect } from 'node:net';
import type { ListenConfig } from '../../src/config/sections/listen.ts';
import { openDoors } from '../../src/doors/doors.ts';
import type { OnSettled } from '../../src/doors/record.ts';
import type { Finding, Lookup } from '../../src/gate/lookups.ts';
import type { Policy } from '../../src/gate/policy.ts';
import { openHubClient } from '../../src/wire/upstream/hub-client.ts';
import { type RawResponse, ResponseReader } from '../clients/response-reader.ts';
import { clockBy } from '../clock/settable-clock.ts';
import { testLimits } from '../doors/door-house.ts';
import type { ConfigName } from './configs.ts';
import { openPublishedKeys } from './published-keys.ts';
import { contractNow } from './tokens.ts';
import { configOf, findingFor, policyOf } from './world.ts';

/** Open doors of one config. */
export interface SocketGate {
  readonly port: number;
  close(): Promise<void>;
}

/** Finds out what a decision asks for. */
type Find = (lookup: Lookup) => Finding | Promise<Finding>;

/** What doors are opened with. */
type GateSettings = {
  readonly policy: Policy;
  /** What its look-ups find. */
  readonly find: Find;
  readonly hubPort: number;
  /** `none` when absent. */
  readonly proxyProtocol?: ListenConfig['proxyProtocol'];
  /** `browsers` when absent. */
  readonly audience?: ListenConfig['audience'];
  readonly onSettled?: OnSettled;
};

/** Of the config `signed` signatures are looked at; of the others the credentials' table says which hold. */
async function findFor(name: ConfigName): Promise<Find> {
  if (name !== 'signed') return findingFor;
  const keys = await openPublishedKeys();
  return lookup => (lookup.what === 'signature' ? keys.findSignature(lookup.issuer, lookup.token) : findingFor(lookup));
}

/** Opens the doors of a config in front of the hub on that port; the clock stands still. */
export async function openSocketGate(name: ConfigName, hubPort: number, onSettled?: OnSettled): Promise<SocketGate> {
  const { proxyProtocol = 'none', audience = 'browsers' } = configOf(name).listen[0] ?? {};
  const told = onSettled === undefined ? {} : { onSettled };
  const find = await findFor(name);
  return openPolicyGate({ policy: policyOf(name), find, hubPort, proxyProtocol, audience, ...told });
}

/** The same for any policy. */
export async function openPolicyGate(settings: GateSettings): Promise<SocketGate> {
  const { policy, find, hubPort, onSettled = () => undefined } = settings;
  const { proxyProtocol = 'none', audience = 'browsers' } = settings;
  const limits = { ...testLimits, ...policy.limits };
  const hub = openHubClient({
    address: { kind: 'tcp', host: '127.0.0.1', port: hubPort },
    connectTimeoutMs: limits.hubConnectTimeoutMs,
    responseTimeoutMs: limits.hubResponseTimeoutMs,
  });
  const doors = await openDoors({
    audience,
    listen: [{ address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls: null, proxyProtocol }],
    gate: { inForce: () => ({ policy, findOut: async lookup => find(lookup) }), clock: clockBy(() => contractNow) },
    hub,
    limits,
    onSettled,
    onHandshakeFailed: () => undefined,
    onHeaderRefused: () => undefined,
  });
  const [address] = doors.addresses;
  if (address?.kind !== 'tcp') throw new Error('the doors are not open');
  return {
    port: address.port,
    async close() {
      await doors.drain(0);
      await hub.close();
    },
  };
}

/** Sends bytes (latin1) and reads one answer; null where the connection closed without one. */
export function exchange(port: number, peer: string, bytes: string, isHead = false): Promise<RawResponse | null> {
  const reader = new ResponseReader(isHead);
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: peer });
    const finish = (closed: boolean): void => {
      socket.destroy();
      resolve(reader.finish(closed).find(({ status }) => status >= 200) ?? null);
    };
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer in time')));
    socket.on('connect', () => socket.write(Buffer.from(bytes, 'latin1')));
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      if (reader.finalCount() > 0) finish(false);
    });
    socket.on('end', () => finish(true));
    socket.on('error', error => (reader.received().length > 0 ? finish(true) : reject(error)));
  });
}
