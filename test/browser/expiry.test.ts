/** Below a base URL: a session ends while a kernel runs, and the user comes again with a fresh one. */
import { test } from 'tap';
import { leaveByMenu, watchSockets } from './lab-page.ts';
import { handOverAgain, movableClock, outliveSession } from './outlive.ts';
import { arrive, closeWorld, hubOrigin, openWorld } from './world.ts';

const baseUrl = '/science/';

test('a session ends while a kernel runs', async t => {
  const clock = movableClock(t);
  const world = await openWorld(t, { baseUrl, clockMoves: true });
  const page = await world.openPage();
  await watchSockets(page);

  await arrive(page, world, 'ada');
  t.match(page.url(), `${hubOrigin}${baseUrl}user/ada/lab`);
  const freshAt = `${hubOrigin}${baseUrl}hub/home`;
  await outliveSession(t, { page, user: 'ada', clock, freshAt });
  await t.test('the same user comes in another tab', t => handOverAgain(t, { page, user: 'ada', freshAt }));

  await leaveByMenu(page);
  await page.waitForURL(`${hubOrigin}${baseUrl}hubgate/logged-out`);
  t.equal(await page.getByRole('heading').textContent(), 'You are logged out');
  await closeWorld(t, world);
  t.match(world.gate.output(), /"door":"websocket"[^\n]*"reason":"session-expired"/);
});
