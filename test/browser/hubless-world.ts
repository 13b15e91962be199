/** A gate with TLS in front of a hub that says one thing to everybody, and sites of a few lines, for what needs a browser and no real hub. */
import type { RequestListener } from 'node:http';
import { makeCertificate } from '../clients/certificates.ts';
import { serveHere } from '../clients/loopback-server.ts';
import { openSessionWorld, type SessionWorld } from '../doors/session/session-world.ts';
import { makeLab, publicHost, type Teardown, type WrittenConfig } from '../gates/lab.ts';
import { openBrowsers, type Page } from '../lab-traffic/recorder/browser.ts';

/** The world, and a fresh browser's page in it. */
export type HublessWorld = {
  readonly world: SessionWorld;
  readonly page: Page;
};

/** On 127.0.0.1, TLS; gives the port. */
export async function serveSite(t: Teardown, host: string, listener: RequestListener): Promise<number> {
  const origin = await serveHere(t, listener, makeCertificate({ names: [host] }));
  return Number(new URL(origin).port);
}

/** Starts it; `sites` are asked by host. */
export async function openHublessWorld(
  t: Teardown,
  sites: (world: SessionWorld) => Readonly<Record<string, RequestListener>>,
  { session = {}, ...config }: WrittenConfig & { readonly session?: WrittenConfig } = {},
): Promise<HublessWorld> {
  const { cert, key } = makeCertificate({ names: [publicHost] });
  const certificates = makeLab(t);
  const tls = { certFile: certificates.write('gate.pem', cert), keyFile: certificates.write('gate.key', key) };
  const listen = [{ address: '127.0.0.1:0' }, { address: '127.0.0.1:0', tls }];
  const world = await openSessionWorld(t, session, { listen, ...config });
  const ports: Record<string, number> = { [publicHost]: world.gate.ports[1] ?? 0 };
  for (const [host, listener] of Object.entries(sites(world))) ports[host] = await serveSite(t, host, listener);
  const browsers = await openBrowsers(ports);
  t.teardown(() => browsers.close());
  return { world, page: await browsers.openPage() };
}
