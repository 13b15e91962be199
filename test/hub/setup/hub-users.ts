/** Asks the hub itself, past gate and proxy, with the fixtures' service token. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hub } from './hub.ts';

/** The fixtures' service token, with the scopes that a gateway needs. */
export const serviceToken = 'lab-gateway-token-0123456789';

/** Python for `extraConfig`: the service may read what the authenticator kept of a user. */
export const readableAuthState = 'c.JupyterHub.load_roles[0]["scopes"] += ["admin:auth_state", "read:users"]';

/** Asks the hub's API and gives the JSON; throws on any status but 2xx. */
async function askHub(hub: Hub, path: string, body?: unknown): Promise<unknown> {
  const headers = { Authorization: `token ${serviceToken}`, Connection: 'close' };
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`${hub.apiUrl}${path}`, { headers, ...sent });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the hub answered ${answer.status} to ${path}: ${text}`);
  return JSON.parse(text);
}

/** Names of all users that the hub knows, sorted: one is made by each first login. */
export async function hubUsers(hub: Hub): Promise<string[]> {
  return ((await askHub(hub, '/users')) as { name: string }[]).map(({ name }) => name).sort();
}

/** What the authenticator kept at the user's last login; needs `readableAuthState`. */
export async function authState(hub: Hub, name: string): Promise<unknown> {
  return ((await askHub(hub, `/users/${name}`)) as { auth_state: unknown }).auth_state;
}

/** A user as the hub's API has it. */
export type UserModel = { readonly servers: Readonly<Record<string, { readonly last_activity: string }>> };

/** What the hub says of a user. */
export async function userModel(hub: Hub, name: string): Promise<UserModel> {
  return (await askHub(hub, `/users/${name}`)) as UserModel;
}

/** A token of that user, made by the service. */
export async function makeUserToken(hub: Hub, name: string): Promise<string> {
  return ((await askHub(hub, `/users/${name}/tokens`, { note: 'test' })) as { token: string }).token;
}

/** The notes on the user's tokens. */
export async function tokenNotes(hub: Hub, name: string): Promise<string[]> {
  const { api_tokens: tokens } = (await askHub(hub, `/users/${name}/tokens`)) as { api_tokens: { note: string }[] };
  return tokens.map(({ note }) => note).sort();
}

/** When the user's tokens of that note end, in milliseconds since the epoch; NaN: never. */
export async function tokenEnds(hub: Hub, name: string, note: string): Promise<number[]> {
  const { api_tokens: tokens } = (await askHub(hub, `/users/${name}/tokens`)) as {
    api_tokens: { note: string; expires_at: string | null }[];
  };
  return tokens.filter(token => token.note === note).map(({ expires_at: end }) => Date.parse(end ?? ''));
}

/** What the spawner could see of the user when the server started. */
export function spawnRecord(hub: Hub, name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(hub.dataFolder, `spawn-${name}.json`), 'utf8')) as Record<string, unknown>;
}

/** Whether the hub takes that user for an admin; throws where it knows no such user. */
export async function isAdmin(hub: Hub, name: string): Promise<boolean> {
  return ((await askHub(hub, `/users/${encodeURIComponent(name)}`)) as { admin: boolean }).admin;
}

/** Adds a user as the admin panel does. */
export async function addUser(hub: Hub, name: string): Promise<void> {
  await askHub(hub, `/users/${name}`, {});
}
