/** All that stands around a user: a browser, the primary site, the gate with TLS, a real hub whose servers show JupyterLab. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { makeCertificate } from '../clients/certificates.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { type Hub, startHub } from '../hub/setup/hub.ts';
import { labServers } from '../hub/setup/lab-servers.ts';
import { openBrowsers, type Page } from '../lab-traffic/recorder/browser.ts';
import { declineNews, untilLab } from '../lab-traffic/recorder/visit-lab.ts';
import { startPrimarySite } from './primary-site.ts';

const siteHost = 'www.test';

/** The primary site, as browsers have it. */
export const siteOrigin = `https://${siteHost}`;

/** The gate, as browsers have it. */
export const hubOrigin = `https://${publicHost}`;

/** What stands there. */
export type World = {
  readonly hub: Hub;
  readonly gate: GateHere;
  readonly lab: Lab;
  /** The hub's, with its slashes. */
  readonly baseUrl: string;
  /** A page in a fresh profile. */
  readonly openPage: () => Promise<Page>;
};

/** Starts all of it; the test's end stops it. */
export async function openWorld(t: Test, baseUrl = '/'): Promise<World> {
  const hub = await startHub(t, 'header', { singleuser: 'real', baseUrl, extraConfig: labServers });
  const lab = makeLab(t);
  const gate = await startGateHere(t, lab.write('proxy.yaml', configFor(lab, hub, baseUrl)));
  const tokenFor = (user: string): string => lab.token(user, { jti: randomUUID() });
  const site = await startPrimarySite(t, { host: siteHost, hub: `${hubOrigin}${baseUrl.slice(0, -1)}`, tokenFor });
  const browsers = await openBrowsers({ [publicHost]: gate.port, [siteHost]: site.port });
  t.teardown(() => browsers.close());
  return { hub, gate, lab, baseUrl, openPage: () => browsers.openPage() };
}

function configFor(lab: Lab, hub: Hub, baseUrl: string): Readonly<Record<string, unknown>> {
  const { cert, key } = makeCertificate({ names: [publicHost] });
  lab.write('gate.pem', cert);
  lab.write('gate.key', key);
  const sessionKey = randomBytes(32).toString('hex');
  lab.secrets.add(sessionKey);
  lab.write('session-key', sessionKey);
  const listener = { address: '127.0.0.1:0', tls: { certFile: 'gate.pem', keyFile: 'gate.key' } };
  const authenticator = 'jhubauthenticators.HeaderAuthenticator';
  return labConfig(
    { url: hub.url, authenticator, baseUrl },
    {
      publicUrl: hubOrigin,
      listen: [listener],
      sso: [],
      session: {
        keyFiles: ['session-key'],
        handoff: { origins: [siteOrigin] },
        loginUrl: `${siteOrigin}/?next={url}`,
      },
    },
  );
}

/** Signs in at the primary site, whose page is open, and hands over. */
export async function signIn(page: Page, user: string): Promise<void> {
  await page.getByLabel('Who are you?').fill(user);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Open the hub' }).click();
}

/** From the gate's front door by the primary site to JupyterLab, on the user's first day. */
export async function arrive(page: Page, { baseUrl }: World, user: string): Promise<void> {
  await page.goto(`${hubOrigin}${baseUrl}`);
  await page.waitForURL(url => url.origin === siteOrigin);
  await signIn(page, user);
  await untilLab(page);
  await declineNews(page);
}
