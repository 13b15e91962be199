/** A user's day where each has a host of their own (JupyterHub's subdomain_host), below a base URL. */
import { test } from 'tap';
import { untilLab } from '../lab-traffic/recorder/visit-lab.ts';
import { spendDay } from './day.ts';
import { watchSockets } from './lab-page.ts';
import { movableClock, outliveSession } from './outlive.ts';
import { closeWorld, openWorld } from './world.ts';

test('a day', async t => {
  const clock = movableClock(t);
  const world = await openWorld(t, { baseUrl: '/science/', userHosts: true, clockMoves: true });
  const page = await spendDay(t, world);

  await t.test('a session ends while a kernel runs', async t => {
    const freshAt = `${world.serverOf('bob')}/lab`;
    await watchSockets(page);
    await page.goto(freshAt);
    await untilLab(page);
    await outliveSession(t, { page, user: 'bob', clock, freshAt });
  });

  await closeWorld(t, world);
});
