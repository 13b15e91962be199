/** Below a base URL: a session ends while a kernel runs, and the user comes again with a fresh one. */
import { test } from 'tap';
import { leaveByMenu, watchSockets } from './lab-page.ts';
import { movableClock, outliveSession } from './outlive.ts';
import { arrive, closeWorld, hubOrigin, openWorld } from './world.ts';

const baseUrl = '/science/';

test('a session ends while a kernel runs', async t => {
  const clock = movableClock(t);
  const world = await openWorld(t, { baseUrl });
  const page = await world.openPage();
  await watchSockets(page);

  await arrive(page, world, 'ada');
  t.match(page.url(), `${hubOrigin}${baseUrl}user/ada/lab`);
  await outliveSession(t, { page, user: 'ada', clock, freshAt: `${hubOrigin}${baseUrl}hub/home` });

  await leaveByMenu(page);
  await page.waitForURL(`${hubOrigin}${baseUrl}hubgate/logged-out`);
  t.equal(await page.getByRole('heading').textContent(), 'You are logged out');
  await closeWorld(t, world);
  t.match(world.gate.output(), /"door":"websocket"[^\n]*"reason":"session-expired"/);
});
