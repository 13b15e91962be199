/** The project's own server in place of a single-user server, and what it shows. */
import { join } from 'node:path';
import type { BrowserSession } from '../../clients/browser-session.ts';
import { publicHost } from '../../gates/lab.ts';

const program = join(import.meta.dirname, '..', 'fixtures', 'user-server.ts');

/** Python for `extraConfig`: servers are fixtures/user-server.ts. */
export const userServerConfig: string = `c.Spawner.cmd = ${JSON.stringify([process.execPath, program])}`;

/** Starts a server of the user's, the one without a name when none is given, from a session that is logged in; waits until the hub calls it ready. */
export async function startServer(browser: BrowserSession, user: string, name = ''): Promise<void> {
  const path = `/hub/api/users/${user}/${name === '' ? 'server' : `servers/${name}`}`;
  const started = await browser.post(path, '');
  if (started.status !== 201 && started.status !== 202)
    throw new Error(`the server does not start: ${started.status} ${started.body}`);
  // Hub 0.9.6 asks every call of its API for the page that it comes from.
  const headers = { Referer: `http://${publicHost}/hub/home` };
  const progress = await browser.open(`${path}/progress`, { headers });
  if (!progress.body.includes('"ready": true')) throw new Error(`the server is not ready: ${progress.body}`);
}

/** The fields that the server received, as spelled and in order, from its answer. */
export function receivedFields(body: string): readonly (readonly [name: string, value: string])[] {
  return (JSON.parse(body) as { headers: [string, string][] }).headers;
}

/** Values that the server received under a name, in order. */
export function receivedValues(body: string, name: string): string[] {
  return receivedFields(body)
    .filter(([each]) => each.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
}
