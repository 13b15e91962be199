/** A user's day where each has a host of their own (JupyterHub's subdomain_host), below a base URL. */
import { test } from 'tap';
import { spendDay } from './day.ts';
import { openWorld } from './world.ts';

test('a day', async t => spendDay(t, await openWorld(t, { baseUrl: '/science/', userHosts: true })));
