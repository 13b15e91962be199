/** A session ends while a kernel runs, and the user comes again with a fresh one. */
import type { Test } from 'tap';
import type { Page } from '../lab-traffic/recorder/browser.ts';
import { homeStatus, openNotebook, runCell, socketEvent, socketEvents, typeCell } from './lab-page.ts';
import { signIn, siteOrigin } from './world.ts';

/** More than a session lives without being used. */
const longPauseMs = 3_700_000;

/** A clock of this process, the gate's too, that the test puts forward. */
export type MovableClock = { readonly forward: (ms: number) => void };

/** From now on; the test's end gives the real one back. */
export function movableClock(t: Test): MovableClock {
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

/** What it is tried with. */
export type Outlived = {
  /** Shows JupyterLab, and its WebSockets are watched. */
  readonly page: Page;
  readonly user: string;
  readonly clock: MovableClock;
  /** The page that another tab opens for a fresh session. */
  readonly freshAt: string;
};

/** JupyterLab knows that it has lost its kernel, and has it again, without being loaded anew. */
export async function outliveSession(t: Test, { page, user, clock, freshAt }: Outlived): Promise<void> {
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
    await other.goto(freshAt);
    t.equal(new URL(other.url()).origin, siteOrigin);
    await signIn(other, user);
    await other.waitForURL(freshAt);
    t.match(await socketEvent(page, '/api/events', 'open'), { code: 'open' }, 'JupyterLab comes back by itself');
    await page.getByText('Python 3 (ipykernel) | Idle').first().waitFor();
    t.equal(await runCell(page, 'kept', '42'), '42', 'its kernel, too, which has gone on meanwhile');
  });
}

/** The primary site hands the same user over once more, in another tab: what the first one has open goes on. */
export async function handOverAgain(t: Test, { page, user, freshAt }: Omit<Outlived, 'clock'>): Promise<void> {
  const { length } = await socketEvents(page);
  const other = await page.context().newPage();
  await other.goto(`${siteOrigin}/?next=${encodeURIComponent(freshAt)}`);
  await signIn(other, user);
  await other.waitForURL(freshAt);
  t.equal(await runCell(page, 'kept + 1', '43'), '43');
  const later = (await socketEvents(page)).slice(length);
  t.strictSame(
    later.filter(({ code }) => code !== 'open'),
    [],
    'no WebSocket was closed',
  );
  t.equal(await homeStatus(page), 200);
}
