/** Below a base URL: a session ends while a kernel runs, and the user comes again with a fresh one. */
import { type Test, test } from 'tap';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { leaveByMenu, openNotebook, runCell, socketEvent, typeCell, watchSockets } from './lab-page.ts';
import { arrive, hubOrigin, openWorld, signIn, siteOrigin } from './world.ts';

const baseUrl = '/science/';

/** More than a session lives without being used. */
const longPauseMs = 3_700_000;

/** A clock of this process, the gate's too, that the test puts forward. */
function movableClock(t: Test): { forward: (ms: number) => void } {
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  t.teardown(() => {
    Date.now = now;
  });
  return {
    forward(ms) {
      ahead += ms;
    },
  };
}

test('a session ends while a kernel runs', async t => {
  const clock = movableClock(t);
  const world = await openWorld(t, { baseUrl });
  const page = await world.openPage();
  await watchSockets(page);

  await arrive(page, world, 'ada');
  t.match(page.url(), `${hubOrigin}${baseUrl}user/ada/lab`);
  await openNotebook(page);
  t.equal(await runCell(page, 'kept = 41; kept', '41'), '41');

  await t.test('its WebSockets are closed, and say why', async t => {
    await typeCell(page, 'import time; time.sleep(3); kept += 1');
    await page.getByText('Python 3 (ipykernel) | Busy').waitFor();
    clock.forward(longPauseMs);
    const began = performance.now();
    for (const part of ['/channels', '/api/events'])
      t.match(await socketEvent(page, part, 1008), { reason: 'session-expired' });
    t.comment(`the browser knew ${Math.round(performance.now() - began)} ms after the session had ended`);
    await page.getByText(/Python 3 \(ipykernel\) \| (?:Disconnected|Connecting)/).waitFor();
  });

  await t.test('a hand-over in another tab makes it fresh', async t => {
    const other = await page.context().newPage();
    await other.goto(`${hubOrigin}${baseUrl}hub/home`);
    t.equal(new URL(other.url()).origin, siteOrigin);
    await signIn(other, 'ada');
    await other.waitForURL(`${hubOrigin}${baseUrl}hub/home`);
    t.match(await socketEvent(page, '/api/events', 'open'), { code: 'open' }, 'JupyterLab comes back by itself');
    await page.getByText('Python 3 (ipykernel) | Idle').first().waitFor();
    t.equal(await runCell(page, 'kept', '42'), '42', 'its kernel, too, which has gone on meanwhile');
  });

  await leaveByMenu(page);
  await page.waitForURL(`${hubOrigin}${baseUrl}hubgate/logged-out`);
  t.equal(await page.getByRole('heading').textContent(), 'You are logged out');
  await world.gate.stop();
  t.match(world.gate.output(), /"door":"websocket"[^\n]*"reason":"session-expired"/);
  assertNothingLeaked(t, world.gate.output(), world.lab.secrets);
});
