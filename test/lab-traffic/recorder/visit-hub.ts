/** What a user does on the hub's own pages. */
import type { Page } from './browser.ts';
import { serviceName } from './lab-hub.ts';
import { untilLab, untilLogin } from './visit-lab.ts';

/** The hub's scripts come by and by: before they are there, a click does nothing. */
async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(path, { waitUntil: 'networkidle' });
}

/** From the first request to a running JupyterLab: login, the spawn's progress, the server's OAuth round trip. */
export async function arrive(page: Page): Promise<void> {
  await page.goto('/');
  await untilLab(page);
}

/** Makes a token and takes it back. */
export async function handleTokens(page: Page): Promise<void> {
  await openPage(page, '/hub/token');
  await page.locator('#token-note').fill('für das Labor & mehr');
  await page.getByRole('button', { name: 'Request new API token' }).click();
  await page.locator('#token-result').waitFor();
  await openPage(page, '/hub/token');
  const revoked = page.waitForResponse(response => response.request().method() === 'DELETE');
  await page
    .getByRole('button', { name: /revoke/i })
    .first()
    .click();
  await revoked;
}

/** A named server: the hub takes an odd name for show and makes a tame one of it, and does not take one from an address. */
export async function startNamedServer(page: Page, user: string): Promise<void> {
  await page.goto(`/hub/spawn/${encodeURIComponent(user)}/${encodeURIComponent('a b% ü')}`);
  await openPage(page, '/hub/home');
  await page.locator('.new-server-name').fill('a b% ü');
  await page.locator('.new-server-btn').click();
  await page.locator('.start-server:visible').click();
  await untilLab(page);
}

/** The answer to the next request of that method. */
async function answered(page: Page, method: string, by: () => Promise<void>): Promise<void> {
  const answer = page.waitForResponse(response => response.request().method() === method);
  await by();
  await answer;
}

/** Stops the user's servers from the home page, and removes the named one. */
export async function stopServers(page: Page): Promise<void> {
  await openPage(page, '/hub/home');
  await answered(page, 'DELETE', () => page.locator('#stop').click());
  await answered(page, 'DELETE', () => page.locator('.stop-server:visible').click());
  await answered(page, 'DELETE', () => page.locator('.delete-server:visible').click());
}

/** Tells the hub, which asks, that what is not the user's own may know who the user is. */
async function agree(page: Page): Promise<void> {
  await page.waitForURL(url => url.pathname === '/hub/api/oauth2/authorize');
  await page.locator('input[type=submit], button[type=submit]').first().click();
}

/** The administrator adds users, starts one's server, enters it, stops it, and looks at the groups. */
export async function administer(page: Page): Promise<void> {
  await openPage(page, '/hub/admin');
  await page.getByRole('button', { name: 'Add Users' }).click();
  await page.locator('textarea').fill('bob\ncarol.o-neil@lab.example');
  await page.getByRole('button', { name: /^Add Users/ }).click();
  const bob = page.getByTestId('user-row-bob');
  await answered(page, 'POST', () => bob.locator('.start-button').click());
  await page.goto('/hub/spawn-pending/bob');
  await agree(page);
  await untilLab(page);
  await openPage(page, '/hub/admin');
  await page.getByRole('textbox', { name: 'user-search' }).fill('bob');
  await page.getByTestId('user-row-alice@lab.example').first().waitFor({ state: 'detached' });
  await answered(page, 'DELETE', () => bob.locator('.stop-button').click());
  await openPage(page, '/hub/admin#/groups');
}

/** A service of the hub, which asks who the user is by OAuth and whether it may know. */
export async function visitService(page: Page): Promise<void> {
  await page.goto(`/services/${serviceName}/`);
  await agree(page);
  await page.waitForURL(url => url.pathname === `/services/${serviceName}/`);
}

/** Leaves by the hub's own button; the sign-in proxy's word brings the user in again at once. */
export async function leaveHub(page: Page): Promise<void> {
  await openPage(page, '/hub/home');
  const login = untilLogin(page);
  await page.locator('#logout').click();
  await login;
  await openPage(page, '/hub/login?next=%2Fhub%2Ftoken');
}
