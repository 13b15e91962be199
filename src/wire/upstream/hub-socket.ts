/** A socket to the hub, plain or by TLS, that has only begun to connect. */
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { Address } from '../../config/sections/listen.ts';
import { applicationProtocols } from '../secure.ts';

/** A hub that has vanished without a word is noticed by the kernel's probes. */
const keepAliveProbeMs = 30_000;

const always = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs };

/** TLS to the hub, made once for all connections. */
export interface HubSecurity {
  readonly secureContext: SecureContext;
  /** The name that the certificate must have; `null`: the host that is connected to. */
  readonly serverName: string | null;
}

/** Where the hub is, and how it is spoken to. */
export interface HubLine {
  readonly address: Address;
  /** `null`: plain http. */
  readonly tls: HubSecurity | null;
}

/** What goes into TLS connections to the hub, the wire's own and others. */
export interface SecureOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: true;
  readonly servername?: string;
}

/** SNI has names alone (RFC 6066 §3); a hub called by its address has that in its certificate. */
function nameFor(address: Address, { serverName }: HubSecurity): string | null {
  if (serverName !== null) return serverName;
  return address.kind === 'tcp' && isIP(address.host) === 0 ? address.host : null;
}

/** What makes a TLS connection of the hub's; verification does not hang on NODE_TLS_REJECT_UNAUTHORIZED. */
export function secureOptions(address: Address, security: HubSecurity): SecureOptions {
  const { secureContext } = security;
  const servername = nameFor(address, security);
  return { secureContext, rejectUnauthorized: true, ...(servername === null ? {} : { servername }) };
}

/** What is written meanwhile goes out when the connection stands, and by TLS only to a hub that has proved itself. */
export function openHubSocket({ address, tls }: HubLine, onread: OnReadOpts | undefined): Socket {
  const where = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  if (tls === null) return connect({ ...where, ...always, ...(onread === undefined ? {} : { onread }) });
  const secure = secureOptions(address, tls);
  return connectTls({ ...where, ...always, ...secure, ALPNProtocols: applicationProtocols });
}
