/** The hub in a frame of the primary site, which is another site to the browser: with its cookies blocked, and with them allowed. */
import { type Test, test } from 'tap';
import type { Frame, Page } from '../lab-traffic/recorder/browser.ts';
import { addressOf } from './frame-address.ts';
import { closeWorld, hubOrigin, openWorld, siteOrigin, strangerOrigin, type World } from './world.ts';

const main = '#jp-main-dock-panel';

/** The frame in which the hub is shown, once its user has signed in at the site, to which the gate leads there first, and starts a server. */
async function enterWithin(page: Page): Promise<Frame> {
  await page.goto(`${siteOrigin}/frame?path=/hub/home`);
  const frame = page.frames().find(each => each !== page.mainFrame());
  if (frame === undefined) throw new Error('no frame');
  await frame.getByLabel('Who are you?').fill('ada');
  await frame.getByRole('button', { name: 'Sign in' }).click();
  await frame.getByRole('button', { name: 'Open the hub' }).click();
  await frame.getByRole('button', { name: 'Start My Server' }).click();
  return frame;
}

/** The hub's logout, in a frame and for it. */
async function leave(t: Test, frame: Frame): Promise<void> {
  await frame.goto(`${hubOrigin}/hub/home`);
  await frame.getByRole('button', { name: 'Logout' }).click();
  await frame.getByRole('heading', { name: 'You are logged out' }).waitFor();
  const cookies = await frame.page().context().cookies(hubOrigin);
  const left = cookies.filter(({ name }) => /^__Host-hubgate|^jupyterhub-(?:hub|user)/.test(name));
  t.strictSame(left, [], 'no login is left');
}

async function hasSessionOfItsOwn(t: Test, { openPage }: World): Promise<void> {
  const other = await openPage();
  await other.goto(`${hubOrigin}/hub/home`);
  t.equal(new URL(other.url()).origin, siteOrigin, 'a window knows nothing of the session in the frame');
  await other.close();
}

test('with third parties blocked, the gate, the hub and a server know their user in a frame', async t => {
  const world = await openWorld(t, { framedWith: 'blocked' });
  const page = await world.openPage();
  // JupyterLab itself needs storage, which such a browser keeps from frames: it would load itself again and again.
  await page.route('**/static/lab/*.js*', route => route.abort());
  const frame = await enterWithin(page);
  await frame.waitForURL(`${hubOrigin}/user/ada/lab**`);
  const answer = await frame.goto(`${hubOrigin}/user/ada/api/me`);
  t.strictSame([answer?.status(), (await answer?.json())?.identity.username], [200, 'ada']);
  for (const { name, secure, sameSite, partitionKey } of await page.context().cookies(hubOrigin))
    t.strictSame(
      { secure, sameSite, partitionKey },
      { secure: true, sameSite: 'None', partitionKey: siteOrigin },
      name,
    );
  await hasSessionOfItsOwn(t, world);
  await leave(t, frame);
  await closeWorld(t, world);
});

test('with third parties allowed, JupyterLab works in a frame', async t => {
  const world = await openWorld(t, { framedWith: 'allowed' });
  const page = await world.openPage();
  const frame = await enterWithin(page);
  await frame.locator(main).waitFor();
  await frame.getByRole('button', { name: 'No', exact: true }).click();
  await frame.getByText('Python 3 (ipykernel)').first().click();
  await frame.getByText('Python 3 (ipykernel) | Idle').first().waitFor();
  await frame.locator('.jp-Notebook .jp-Cell .cm-content').last().click();
  await page.keyboard.type('6*7');
  await page.keyboard.press('Shift+Enter');
  const result = frame.locator('.jp-OutputArea-executeResult .jp-OutputArea-output', { hasText: '42' });
  t.equal(await result.textContent(), '42');
  await hasSessionOfItsOwn(t, world);
  await leave(t, frame);

  await t.test('in frames of no other site', async t => {
    await page.goto(`${strangerOrigin}/frame?path=/hubgate/logged-out`);
    const stranger = page.frames().find(each => each !== page.mainFrame());
    t.equal(stranger && (await addressOf(stranger)), 'chrome-error://chromewebdata/');
  });

  await closeWorld(t, world);
});
