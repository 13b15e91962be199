/** All that stands around a user: a browser, the primary site, the gate with TLS, a real hub whose servers show JupyterLab. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Test } from 'tap';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { makeCertificate } from '../clients/certificates.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { jwtEntry, type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { type Hub, startHub } from '../hub/setup/hub.ts';
import { labServers } from '../hub/setup/lab-servers.ts';
import { openBrowsers, openProfile, type Page, type ThirdParties } from '../lab-traffic/recorder/browser.ts';
import { declineNews, untilLab } from '../lab-traffic/recorder/visit-lab.ts';
import { startRecipeSite } from '../recipes/recipe-site.ts';
import { serveSite } from './hubless-world.ts';
import { primarySite, welcomePage } from './primary-site.ts';

const siteHost = 'www.test';

/** The primary site, as browsers have it. */
export const siteOrigin = `https://${siteHost}`;

const strangerHost = 'stranger.test';

/** Another site, which shows the hub in a frame without being asked to. */
export const strangerOrigin = `https://${strangerHost}`;

/** The gate, as browsers have it. */
export const hubOrigin = `https://${publicHost}`;

/** How it stands there. */
export type WorldOptions = {
  /** The hub's, with its slashes; absent: `/`. */
  readonly baseUrl?: string;
  /** Users have hosts of their own, by JupyterHub's subdomain_host. */
  readonly userHosts?: true;
  /** The primary site shows the hub in a frame, in a browser with that setting. */
  readonly framedWith?: ThirdParties;
  /** The test puts the clock of this process forward, which the recipe's server knows nothing of: this process makes the tokens. */
  readonly clockMoves?: true;
};

/** What stands there. */
export type World = {
  readonly hub: Hub;
  readonly gate: GateHere;
  readonly lab: Lab;
  /** The hub's, with its slashes. */
  readonly baseUrl: string;
  /** Where browsers have a user's server. */
  readonly serverOf: (user: string) => string;
  /** A page in a fresh profile. */
  readonly openPage: () => Promise<Page>;
};

const subdomains = `c.JupyterHub.subdomain_host = ${JSON.stringify(hubOrigin)}`;

/** As docs/recipes/hand-off.md has it. */
const framed = `
c.JupyterHub.tornado_settings = {'headers': {'Content-Security-Policy': "frame-ancestors 'self' ${siteOrigin}"}}
c.Spawner.args += [
    '--ServerApp.tornado_settings={"headers": {"Content-Security-Policy": "frame-ancestors \\'self\\' ${siteOrigin}"}}'
]`;

const everyUserHost = `*.${publicHost}`;

/** Starts all of it; the test's end stops it. */
export async function openWorld(t: Test, options: WorldOptions = {}): Promise<World> {
  const { baseUrl = '/', userHosts, framedWith, clockMoves } = options;
  const extraConfig = [labServers, userHosts ? subdomains : '', framedWith ? framed : ''].join('\n');
  const hub = await startHub(t, 'header', { singleuser: 'real', baseUrl, extraConfig });
  const lab = makeLab(t);
  const more = userHosts ? { userHosts: everyUserHost } : {};
  const config = configFor(lab, { url: hub.url, authenticator, baseUrl }, more, framedWith !== undefined);
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const front = `${hubOrigin}${baseUrl.slice(0, -1)}`;
  const welcome = clockMoves ? welcomeByLab(lab, front) : await welcomeByRecipe(t, lab, front);
  const sitePort = await serveSite(t, siteHost, primarySite({ host: siteHost, hub: front, welcome }));
  const hosts = {
    [publicHost]: gate.port,
    [everyUserHost]: gate.port,
    [siteHost]: sitePort,
    [strangerHost]: sitePort,
  };
  const browsers = await (framedWith
    ? openProfile(hosts, join(lab.folder, 'profile'), framedWith)
    : openBrowsers(hosts));
  t.teardown(() => browsers.close());
  const originOf = (user: string): string => (userHosts ? `https://${user}.${publicHost}` : hubOrigin);
  return {
    hub,
    gate,
    lab,
    baseUrl,
    serverOf: user => `${originOf(user)}${baseUrl}user/${user}`,
    openPage: () => browsers.openPage(),
  };
}

type Welcome = (user: string, next: string) => Promise<string>;

function welcomeByLab(lab: Lab, hub: string): Welcome {
  return async (user, next) => welcomePage({ user, next, hub, token: lab.token(user, { jti: randomUUID() }) });
}

async function welcomeByRecipe(t: Test, lab: Lab, hub: string): Promise<Welcome> {
  const port = await reservePort();
  const keyFile = join(lab.folder, handOffKey);
  await startRecipeSite(t, { PORT: String(port), HUB: hub, ISSUER: siteOrigin, KEY_FILE: keyFile });
  return async (user, next) => {
    const answer = await fetch(`http://127.0.0.1:${port}/?${new URLSearchParams({ user, next })}`);
    return answer.text();
  };
}

const authenticator = 'jhubauthenticators.HeaderAuthenticator';

const handOffKey = 'hand-off-key';

function configFor(lab: Lab, hub: WrittenConfig, more: WrittenConfig, embed: boolean): WrittenConfig {
  const { cert, key } = makeCertificate({ names: [publicHost, everyUserHost] });
  lab.write('gate.pem', cert);
  lab.write('gate.key', key);
  const sessionKey = randomBytes(32).toString('hex');
  lab.secrets.add(sessionKey);
  lab.write('session-key', sessionKey);
  const siteKey = randomBytes(32).toString('hex');
  lab.secrets.add(siteKey);
  lab.write(handOffKey, siteKey);
  const site = {
    ...jwtEntry({ secretFile: handOffKey }, ['HS256']),
    issuer: { url: siteOrigin, audiences: ['jupyterhub'] },
  };
  const listener = { address: '127.0.0.1:0', tls: { certFile: 'gate.pem', keyFile: 'gate.key' } };
  return labConfig(hub, {
    publicUrl: hubOrigin,
    listen: [listener],
    jwt: [jwtEntry(), site],
    sso: [],
    session: {
      keyFiles: ['session-key'],
      handoff: { origins: [siteOrigin] },
      loginUrl: `${siteOrigin}/?next={url}`,
      embed,
    },
    ...more,
  });
}

/** Ends the gate, whose output must hold no secret. */
export async function closeWorld(t: Test, { gate, lab }: World): Promise<void> {
  await gate.stop();
  assertNothingLeaked(t, gate.output(), lab.secrets);
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
