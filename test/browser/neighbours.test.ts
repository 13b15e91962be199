/** In Chromium: what stands beside the hub in the primary site's page has the browser show the user's session, and gets nowhere by it (M6, S4). */
import type { RequestListener } from 'node:http';
import { type Test, test } from 'tap';
import type { SessionWorld } from '../doors/session/session-world.ts';
import type { Frame, Page } from '../lab-traffic/recorder/browser.ts';
import { addressOf } from './frame-address.ts';
import { openHublessWorld } from './hubless-world.ts';

const hub = 'https://hub.test';
const site = 'https://www.test';

/** Another site, and a host beside the hub's. */
const neighbours = ['https://stranger.test', 'https://beside.hub.test'];

const empty: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>here</title>');
};

/** Shows an address in a new frame of that page, and gives the frame once it has come to something. */
async function show(within: Page | Frame, address: string): Promise<Frame> {
  const shown = await within.evaluateHandle(`new Promise(resolve => {
    const frame = document.createElement('iframe');
    frame.onload = () => resolve(frame);
    frame.src = ${JSON.stringify(address)};
    document.body.append(frame);
  })`);
  const frame = await shown.asElement()?.contentFrame();
  if (!frame) throw new Error('no frame');
  return frame;
}

/** Posts a form as that page does, into a new frame of it, and waits for the answer. */
async function post(within: Page | Frame, path: string, fields: Readonly<Record<string, string>>): Promise<void> {
  await within.evaluate(`new Promise(resolve => {
    const frame = document.createElement('iframe');
    frame.name = crypto.randomUUID();
    document.body.append(frame);
    frame.onload = resolve;
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', target: frame.name, action: ${JSON.stringify(hub + path)} });
    for (const [name, value] of Object.entries(${JSON.stringify(fields)}))
      form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(form);
    form.submit();
  })`);
}

/** What comes of a picture from there, which no page can read. */
function loadPicture(within: Frame, path: string): Promise<unknown> {
  return within.evaluate(`new Promise(resolve => {
    const picture = new Image();
    picture.onload = picture.onerror = resolve;
    picture.src = ${JSON.stringify(hub + path)};
  })`);
}

/** Whether a WebSocket opens. */
function opensSocket(within: Frame, path: string): Promise<unknown> {
  return within.evaluate(`new Promise(resolve => {
    const socket = new WebSocket(${JSON.stringify(`wss://hub.test${path}`)});
    socket.onopen = () => resolve(true);
    socket.onclose = () => resolve(false);
  })`);
}

async function whoIn(frame: Frame): Promise<unknown> {
  return frame.evaluate(`fetch('/hubgate/session').then(async answer => (await answer.json()).user ?? answer.status)`);
}

/** Alice is signed in, in the frame that is given. */
async function openFrame(page: Page, { lab }: SessionWorld): Promise<Frame> {
  await page.goto(`${site}/`);
  await post(page, '/hubgate/session', { token: lab.token('alice'), next: '/hub/home' });
  return show(page, `${hub}/hub/home`);
}

async function tries(t: Test, neighbour: Frame, world: SessionWorld): Promise<void> {
  world.hub.take();
  await loadPicture(neighbour, '/user/alice/picture');
  t.equal(world.hub.take().length, 1, 'the session goes along');
  for (const path of ['/hub/logout', '/hubgate/logout', '/hubgate/session']) await loadPicture(neighbour, path);
  for (const path of ['/hub/logout', '/hubgate/logout', '/user/alice/api/kernels'])
    await post(neighbour, path, { token: world.lab.token('mallory') });
  await post(neighbour, '/hubgate/session', { token: world.lab.token('mallory'), next: '/hub/home' });
  t.equal(await opensSocket(neighbour, '/user/alice/api/kernels/1/channels'), false, 'no WebSocket');
  t.same(world.hub.take(), [], 'nothing of it comes to the hub');
  for (const path of ['/hubgate/logged-out', '/hub/logout', '/hubgate/session'])
    t.match(await addressOf(await show(neighbour, hub + path)), /^chrome-error:/, `${path} in no frame of its own`);
}

test('of two sites in one page the one that is not listed ends, takes over and opens nothing', async t => {
  const sites = () => ({ 'www.test': empty, 'stranger.test': empty, 'beside.hub.test': empty });
  const { world, page } = await openHublessWorld(t, sites, { session: { embed: true } });
  const frame = await openFrame(page, world);
  t.equal(await whoIn(frame), 'alice');
  for (const neighbour of neighbours)
    await t.test(neighbour, async t => {
      await tries(t, await show(page, `${neighbour}/`), world);
      t.equal(await whoIn(frame), 'alice', 'and alice is alice still');
    });
  await post(page, '/hubgate/logout', {});
  t.equal(await whoIn(frame), 401, 'what the listed site may');
});
