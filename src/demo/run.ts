/** The demo's world: hub stand-in, its proxy, an issuer, and the gate in front, all on 127.0.0.1. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHubProxy } from './hub-proxy.ts';
import { startHubStandIn } from './hub-stand-in.ts';
import { type DemoIssuer, demoAudience, startIssuer } from './issuer.ts';
import { freePort } from './loopback.ts';
import type { DemoTokens } from './requests.ts';

/** How the gate is started and stopped. */
export type StartGate = (options: GateStart) => Promise<{ stop(): Promise<void> }>;

/** What the gate needs to start. */
export interface GateStart {
  readonly configPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** A running demo. */
export interface Demo {
  /** Where the gate listens. */
  readonly origin: string;
  readonly tokens: DemoTokens;
  /** How many requests and upgrades reached the hub so far. */
  arrivals(): number;
  /** Ends all of it and removes the config. */
  stop(): Promise<void>;
}

/** How to start the demo. */
export interface DemoOptions extends Omit<GateStart, 'configPath'> {
  readonly startGate: StartGate;
  /** Ports that the gate would rather have; any other when they are taken. */
  readonly ports: readonly number[];
}

const lifetimeSeconds = 12 * 3600;

/** Starts everything, and ends what is started when a part fails. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { ...(await assemble(options, ends)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(options: DemoOptions, ends: (() => Promise<void>)[]): Promise<Omit<Demo, 'stop'>> {
  const hub = await startHubStandIn();
  ends.push(hub.close);
  const proxy = await startHubProxy(hub.port);
  ends.push(proxy.close);
  const issuer = await startIssuer();
  ends.push(issuer.close);
  const folder = await mkdtemp(join(tmpdir(), 'hubgate-demo-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));

  const { startGate, ports, env, stdout, stderr } = options;
  const port = await freePort(ports);
  const configPath = join(folder, 'proxy.yaml');
  await writeFile(configPath, configText(port, proxy.port, issuer));
  const gate = await startGate({ configPath, env, stdout, stderr });
  ends.push(() => gate.stop());
  const tokens = { GOOD: issuer.mint('alice', lifetimeSeconds), EXPIRED: issuer.mint('alice', -3600) };
  return { origin: `http://127.0.0.1:${port}`, tokens, arrivals: hub.arrivals };
}

/** The config as an operator would write it. */
export function configText(port: number, hubPort: number, issuer: Pick<DemoIssuer, 'url' | 'jwksUrl'>): string {
  return `publicUrl: http://127.0.0.1:${port}
publicAliases: ['localhost:${port}']
listen:
  - address: 127.0.0.1:${port}
admin: { address: '127.0.0.1:0' }
hub:
  url: http://127.0.0.1:${hubPort}
  authenticator: jhub_remote_auth_mount.RemoteUserAuthenticator
trust:
  proxies: [127.0.0.1/32]
jwt:
  - issuer:
      url: ${issuer.url}
      audiences: [${demoAudience}]
    keys: { jwksUrl: '${issuer.jwksUrl}' }
    algorithms: [RS256]
    claimMappings:
      username: { claim: preferred_username, prefix: '' }
log: { level: warn, format: pretty }
`;
}
