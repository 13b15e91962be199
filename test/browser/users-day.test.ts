/** A user's day where all have one host. */
import { test } from 'tap';
import { spendDay } from './day.ts';
import { openWorld } from './world.ts';

test('a day', async t => spendDay(t, await openWorld(t)));
