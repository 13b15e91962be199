/** A gate with sessions before a real hub, and browsers that several users share. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { BrowserSession } from '../../clients/browser-session.ts';
import { type GateHere, startGateHere } from '../../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, publicHost } from '../../gates/lab.ts';

/** What browsers call the gate. */
export const origin = `http://${publicHost}`;
/** The primary site, which hands users over. */
const site = 'https://www.test';

/** What the gate posts itself with a login. */
const fromFile = { mount: { from: { file: 'mounts/{user}.json' } } };
const mountOf = (user: string): object => ({
  HOST: 'files.test',
  USERNAME: user,
  PATH: `/home/${user}`,
  MOUNTSSHPRIVATEKEY: 'none',
});

/** One gate in front of one hub. */
export type World = { readonly lab: Lab; readonly gate: GateHere; readonly browser: () => BrowserSession };

/** Opens it with sessions, and mounts for alice and bob where the preset delivers. */
export async function openWorld(t: Test, url: string, authenticator: string): Promise<World> {
  const lab = makeLab(t);
  mkdirSync(join(lab.folder, 'mounts'));
  for (const user of ['alice', 'bob']) lab.write(`mounts/${user}.json`, mountOf(user));
  lab.write('session-key', randomBytes(32).toString('hex'));
  const session = { keyFiles: ['session-key'], handoff: { origins: [site] }, dangerouslyInsecureCookies: true };
  const inject = authenticator.endsWith('.MountRemoteUserAuthenticator') ? { inject: fromFile } : {};
  const config = labConfig({ url, authenticator }, { sso: [], session, ...inject });
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  return { lab, gate, browser: () => new BrowserSession({ port: gate.port, origin }) };
}

/** Comes from the primary site, into whatever this browser has been. */
export async function enter(
  { lab }: World,
  browser: BrowserSession,
  user: string,
  next = '/hub/home',
): Promise<string> {
  const body = new URLSearchParams({ token: lab.token(user), next }).toString();
  const headers = { Origin: site, 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' };
  const entered = await browser.open('/hubgate/session', { method: 'POST', headers, body });
  for (const value of browser.cookies.values()) lab.secrets.add(value);
  return `${entered.status} ${entered.path}`;
}

/** Whom the hub takes the browser for, or the status where for nobody. */
export async function whoIs(browser: BrowserSession): Promise<unknown> {
  // Hub 0.9.6 asks every call of its API for the page that it comes from.
  const { status, body } = await browser.open('/hub/api/user', { headers: { Referer: `${origin}/hub/home` } });
  return status === 200 ? (JSON.parse(body) as { name: unknown }).name : status;
}
