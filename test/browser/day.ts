/** A user's day: from the primary site into JupyterLab, work, JupyterLab's own Log Out, and the next user of the same browser. */
import { createHash, randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import type { Page } from '../lab-traffic/recorder/browser.ts';
import { useTerminal } from '../lab-traffic/recorder/visit-lab.ts';
import { goBack, historyLength, homeStatus, leaveByMenu, makeNote, openNotebook, runCell, upload } from './lab-page.ts';
import { arrive, hubOrigin, siteOrigin, type World } from './world.ts';

const largeBytes = 30 * 1024 * 1024;

/** Stands in a file's name of the first user's, and nowhere else. */
const firstUsers = 'a-plan-of-ada';

/** What the gate keeps for a minute, to see that a sign-in goes in circles. */
const isNoProof = /^hubgate-[0-9a-f]{8}-(?:tries|handed)$/;

/** The whole of it, in Chromium; gives the page of the next user, bob. */
export async function spendDay(t: Test, world: World): Promise<Page> {
  const page = await world.openPage();

  await t.test('from the primary site into JupyterLab', async t => {
    await arrive(page, world, 'ada');
    t.match(page.url(), `${world.serverOf('ada')}/lab`);
  });

  await t.test('a cell, a terminal', async t => {
    await makeNote(page, `${firstUsers}.txt`);
    await openNotebook(page);
    t.equal(await runCell(page, '1+1', '2'), '2');
    await useTerminal(page);
  });

  await t.test('30 MiB go up', async t => {
    const content = randomBytes(largeBytes);
    const held = await upload(page, 'large.bin', content);
    t.equal(held.size, largeBytes);
    t.equal(held.hash, createHash('sha256').update(content).digest('hex'), 'every byte');
  });

  const leftOpen = await page.context().newPage();
  await leftOpen.goto(`${world.serverOf('ada')}/lab`);
  await leftOpen.getByText(firstUsers).first().waitFor();

  await t.test("JupyterLab's own Log Out", t => logOut(t, world, page));
  await t.test('the next user of this browser', t => nextUser(t, world, page, leftOpen));
  return page;
}

async function logOut(t: Test, { baseUrl, serverOf }: World, page: Page): Promise<void> {
  const loggedOut = `${hubOrigin}${baseUrl}hubgate/logged-out`;
  await leaveByMenu(page);
  await page.waitForURL(loggedOut);
  t.equal(await page.getByRole('heading').textContent(), 'You are logged out');
  const kept = async (url: string): Promise<string[]> =>
    (await page.context().cookies(url)).map(({ name }) => name).filter(name => !isNoProof.test(name));
  t.same(await kept(hubOrigin), [], 'no cookie of a login is left');
  const ofHub = (await kept(serverOf('ada'))).filter(name => name.includes('jupyterhub'));
  t.same(ofHub, [], 'nor at the server');
  t.notMatch(await goBack(page), firstUsers, 'the back button shows nothing of hers');
  t.equal(new URL(page.url()).origin, siteOrigin, 'but the sign-in');
  await page.goto(loggedOut);
  t.equal(await page.getByRole('heading').textContent(), 'You are logged out');
  await page.reload();
  t.equal(page.url(), loggedOut, 'it stays there');
  await page.goto(`${hubOrigin}${baseUrl}hub/home`);
  t.equal(new URL(page.url()).origin, siteOrigin, 'the hub wants a new sign-in');
  await page.goto(`${serverOf('ada')}/lab`);
  t.equal(new URL(page.url()).origin, siteOrigin, 'and so does the server');
}

async function nextUser(t: Test, world: World, page: Page, leftOpen: Page): Promise<void> {
  t.equal(await homeStatus(leftOpen), 401, 'the tab that was left open gets nothing');
  await arrive(page, world, 'bob');
  t.match(page.url(), `${world.serverOf('bob')}/lab`);
  t.equal(await page.getByText(firstUsers).count(), 0);
  t.equal(await homeStatus(page), 200);

  // The page's token is ada's still, or is known to be nobody's since her logout: the gate remembers for a while. On a host of hers bob has no session.
  t.ok([400, 401, 403].includes(await homeStatus(leftOpen)), 'nor does it as bob');
  await leftOpen.reload();
  t.match(await leftOpen.locator('body').textContent(), /403 : You do not have permission/);
  t.notMatch(await leftOpen.content(), firstUsers);
  await goBackToTheBeginning(t, world, page);
}

/** The pages of a browser's history, from the last to the first. */
async function goBackToTheBeginning(t: Test, { baseUrl }: World, page: Page): Promise<void> {
  const seen: string[] = [];
  for (let left = await historyLength(page); left > 1; left -= 1) {
    const shown = await goBack(page);
    seen.push(new URL(page.url()).pathname);
    t.notMatch(shown, firstUsers, `${page.url()} shows nothing of hers`);
  }
  t.ok(seen.includes(`${baseUrl}hubgate/logged-out`), 'past the logout');
  t.ok(seen.includes('/welcome'), seen.join(' '));
}
