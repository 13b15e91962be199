/** A user's day where all have one host. */
import { test } from 'tap';
import { spendDay } from './day.ts';
import { closeWorld, openWorld } from './world.ts';

test('a day', async t => {
  const world = await openWorld(t);
  await spendDay(t, world);
  await closeWorld(t, world);
});
