/** In Chromium: a script of a user's opens the sign-in of another, and tries to read the code in the window's address (S4). */
import { type Test, test } from 'tap';
import { cookiesOf, navigation, type SessionWorld, site } from '../doors/session/session-world.ts';
import type { Page } from '../lab-traffic/recorder/browser.ts';
import { openHublessWorld } from './hubless-world.ts';

const hub = 'https://hub.test';
const malloryHost = 'mallory.hub.test';

interface Scene {
  readonly world: SessionWorld;
  readonly page: Page;
  /** Codes that the site has given to the browser. */
  readonly codes: string[];
}

/** Alice is signed in at a site that sends everybody on with a code, whatever the state; on mallory's host a stranger answers. */
async function openScene(t: Test): Promise<Scene> {
  const codes: string[] = [];
  const { world, page } = await openHublessWorld(
    t,
    world => ({
      'www.test': async (request, response) => {
        const state = new URL(request.url ?? '/', site).searchParams.get('state') ?? '';
        const headers = [`Authorization: Bearer ${world.lab.token('alice')}`];
        const { code } = JSON.parse((await world.send('/hubgate/code', { method: 'POST', headers })).body);
        codes.push(code);
        response.writeHead(302, { Location: `${hub}/hubgate/enter?code=${code}&state=${state}` }).end();
      },
      // As an ingress does where a page has set more cookies than it takes.
      [malloryHost]: (request, response) => {
        const isPage = request.url?.startsWith('/user/mallory/');
        response.writeHead(isPage ? 200 : 400, { 'Content-Type': 'text/html' }).end('<title>here</title>');
      },
    }),
    { userHosts: '*.hub.test' },
  );
  await page.goto(`${hub}/hubgate/start?next=/hub/home`);
  t.equal(page.url(), `${hub}/hub/home`);
  return { world, page, codes };
}

/** Opens a window as the script of the page does, and gives what the script can see of it once it has settled. */
async function lookInto(page: Page, url: string): Promise<string> {
  const opened = page.waitForEvent('popup');
  await page.evaluate(`opened = window.open(${JSON.stringify(url)})`);
  const popup = await opened;
  await popup.waitForURL(/hubgate\/enter$|hubgate\/enter\?/);
  // The browser takes the window from its opener in a moment of its own.
  const seen = await page.waitForFunction(
    '(() => { try { return opened.closed ? "closed" : opened.location.href; } catch { return ""; } })()',
    undefined,
    { polling: 50 },
  );
  return String(await seen.jsonValue());
}

test('a script at publicUrl reads no code, and the code is worth nothing to its browser (S4)', async t => {
  const { world, page, codes } = await openScene(t);
  const begun = await world.send('/hubgate/start', { headers: navigation });
  const state = new URL(begun.values('location')[0] ?? '').searchParams.get('state') ?? '';
  await page.goto(`${hub}/user/mallory/lab`);
  const count = codes.length;
  t.equal(await lookInto(page, `${site}/login?state=${state}`), 'closed');
  t.equal(codes.length, count + 1);
  const headers = [`Cookie: ${cookiesOf(begun).join('; ')}`];
  const entered = await world.send(`/hubgate/enter?code=${codes.at(-1)}&state=${state}`, { headers });
  t.equal(entered.reason, 'code-invalid');
});

test("nor does one on a user's host, whoever answers there (S4)", async t => {
  const { world, page } = await openScene(t);
  const sent = await world.send('/user/mallory/lab', { host: malloryHost, headers: navigation });
  const start = sent.values('location')[0] ?? '';
  await page.goto(`https://${malloryHost}/user/mallory/lab`);
  t.equal(await lookInto(page, start), 'closed');
  await page.evaluate(`new Promise(resolve => {
    frame = document.createElement('iframe');
    frame.onload = resolve;
    frame.src = ${JSON.stringify(start)};
    document.body.append(frame);
  })`);
  t.equal(await page.evaluate('frame.contentDocument'), null, 'a frame gets no code for this host');
});
