/** In Chromium: another site hands over one user after the other, and the browser shows the session cookie to no form of another site. */
import type { RequestListener } from 'node:http';
import { type Test, test } from 'tap';
import { type SessionWorld, site } from '../doors/session/session-world.ts';
import type { WrittenConfig } from '../gates/lab.ts';
import type { Page } from '../lab-traffic/recorder/browser.ts';
import { openHublessWorld } from './hubless-world.ts';

const hub = 'https://hub.test';
const other = 'other.test';

function serveForm(action: string, fields: Readonly<Record<string, string>> = {}): string {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  return `<form method="post" action="${hub}${action}">${inputs.join('')}<button>Go</button></form>`;
}

/** A page for each user, and one to log out. */
function serveSite({ lab }: SessionWorld): RequestListener {
  return (request, response) => {
    const user = new URL(request.url ?? '/', site).pathname.slice(1);
    const form =
      user === 'out'
        ? serveForm('/hubgate/logout')
        : serveForm('/hubgate/session', { token: lab.token(user), next: '/hub/home' });
    response.setHeader('Content-Type', 'text/html').end(form);
  };
}

interface Scene {
  readonly page: Page;
  /** What the browser has shown with each form. */
  readonly shown: (string | undefined)[];
  /** Through the site, into the hub; gives the session as a copy that somebody has made. */
  handOver(user: string): Promise<string>;
  status(cookie: string): Promise<number>;
}

async function openScene(t: Test, session: WrittenConfig = {}): Promise<Scene> {
  const shown: (string | undefined)[] = [];
  const { world, page } = await openHublessWorld(
    t,
    world => ({ 'www.test': serveSite(world), [other]: serveSite(world) }),
    { session },
  );
  page.on('request', async request => {
    if (request.method() === 'POST') shown.push((await request.allHeaders())['cookie']);
  });
  return {
    page,
    shown,
    async handOver(user) {
      await page.goto(`${site}/${user}`);
      await page.getByRole('button').click();
      await page.waitForURL(`${hub}/hub/home`);
      const cookies = await page.context().cookies(hub);
      const session = cookies.find(({ name }) => /^__Host-hubgate-[0-9a-f]{8}$/.test(name));
      return `Cookie: ${session?.name}=${session?.value}`;
    },
    status: async cookie => (await world.send('/hub/home', { headers: [cookie] })).status,
  };
}

test('the next user ends the session of the one before, whose cookie the browser keeps back', async t => {
  const { shown, handOver, status } = await openScene(t);
  const alice = await handOver('alice');
  t.equal(await status(alice), 200);
  const bob = await handOver('bob');
  t.match(shown.at(-1), /^__Host-Http-hubgate-[0-9a-f]{8}-guest=[^;]+$/, 'all that comes along with the form');
  t.strictSame([await status(alice), await status(bob)], [401, 200]);
});

test("the site's own logout ends it all, and no other site's does (M6)", async t => {
  const { page, handOver, status } = await openScene(t);
  const alice = await handOver('alice');
  await page.goto(`https://${other}/out`);
  await page.getByRole('button').click();
  await page.waitForURL(`${hub}/hubgate/logout`);
  t.match(await page.content(), /origin-refused/);
  t.equal(await status(alice), 200);
  await page.goto(`${site}/out`);
  await page.getByRole('button').click();
  await page.waitForURL(`${hub}/hubgate/logged-out`);
  t.equal(await status(alice), 401);
  const left = (await page.context().cookies(hub)).map(({ name }) => name);
  t.strictSame(
    left.filter(name => name.startsWith('__Host-')),
    [],
  );
});

test('a session from before `embed` was turned on is in nobody\u2019s way', async t => {
  const { page, handOver } = await openScene(t, { embed: true });
  const [, name = ''] = /^Cookie: ([^=]+)=/.exec(await handOver('alice')) ?? [];
  const context = page.context();
  await context.clearCookies();
  await context.addCookies([{ name, value: 'earlier', url: `${hub}/`, secure: true, httpOnly: true, sameSite: 'Lax' }]);
  await handOver('alice');
  const kept = (await context.cookies(hub)).filter(cookie => cookie.name === name);
  t.match(kept, [{ sameSite: 'None' }]);
  t.equal((await page.goto(`${hub}/hub/home`))?.status(), 200);
  t.equal(page.url(), `${hub}/hub/home`, 'its user is known, and sent nowhere else');
});
