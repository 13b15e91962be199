/** The gate as it is deployed: the bundle, keys from a file, audit lines into a file, everything on. */
import { existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, checkoutVersion, nodeFlags } from '../../scripts/bundle.ts';
import { audience, type Issuer } from '../lab/issuer.ts';
import type { Lab } from '../lab/lab.ts';
import { publicHost } from '../lab/requests.ts';
import type { Peer, Seat } from './peer.ts';

/** How a gate differs from the plain one, for the loads that let something grow. */
export type GateVariant = {
  /** Issuers beside the lab's own. */
  readonly issuers: readonly Issuer[];
  /** Header names that are reserved, and injected on the login page alone. */
  readonly headerRules: readonly string[];
};

/** One issuer, the identity header on every path. */
export const hubgate: Peer = hubgateWith({ issuers: [], headerRules: [] });

/** A gate with more to look after. */
export function hubgateWith(variant: GateVariant): Peer {
  return {
    name: 'hubgate',
    title: 'hubgate',
    does: 'everything',
    algorithms: ['RS256', 'ES256'],
    mandatory: true,
    install: 'npm ci',
    version: checkoutVersion,
    launch: async seat => {
      const file = seat.lab.write(`${seat.folder}/proxy.yaml`, JSON.stringify(configOf(seat, variant), null, 2));
      return { command: [process.execPath, ...nodeFlags, await bundleOf(seat.lab), '--config', file] };
    },
  };
}

/** Empties the audit files of all gates, which would fill the disk within a long run; they are appended to. */
export function emptyAuditFiles(seats: Iterable<Pick<Seat, 'lab' | 'folder'>>): void {
  for (const seat of seats) {
    const file = auditFile(seat);
    if (existsSync(file)) truncateSync(file);
  }
}

/** Made once a run. */
async function bundleOf(lab: Lab): Promise<string> {
  const file = join(lab.folder, 'hubgate.mjs');
  if (!existsSync(file)) await bundle(file);
  return file;
}

function auditFile({ lab, folder }: Pick<Seat, 'lab' | 'folder'>): string {
  return join(lab.folder, folder, 'audit.log');
}

function configOf(seat: Seat, { issuers, headerRules }: GateVariant): object {
  return {
    publicUrl: `http://${publicHost}`,
    listen: [{ address: `127.0.0.1:${seat.port}` }],
    hub: { url: `http://127.0.0.1:${seat.backendPort}`, authenticator: 'custom' },
    trust: { proxies: ['127.0.0.1/32'] },
    jwt: [seat.lab.issuer, ...issuers].map((issuer, index) => jwtEntry(seat, issuer, index)),
    inject: {
      user: { header: 'Remote-User', paths: ['/**'] },
      data: Object.fromEntries(headerRules.map(name => [name, { claim: 'sid', paths: ['/hub/login'] }])),
    },
    // Connections at rest while other rounds are played are part of the load, not of what is measured.
    limits: { connections: 20_000, idleTimeout: '1h' },
    log: { audit: auditFile(seat) },
  };
}

function jwtEntry({ lab, folder }: Seat, issuer: Issuer, index: number): object {
  return {
    issuer: { url: issuer.url, audiences: [audience] },
    namespace: 'bench',
    keys: { jwksFile: lab.write(`${folder}/jwks-${index}.json`, JSON.stringify(issuer.jwks)) },
    algorithms: ['RS256', 'ES256'],
    claimMappings: { username: { claim: 'sub', prefix: '' } },
  };
}
