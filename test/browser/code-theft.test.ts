/** In Chromium: a script of a user's opens the sign-in of another, and tries to read the code in the window's address (S4). */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { makeCertificate } from '../clients/certificates.ts';
import { cookiesOf, navigation, openSessionWorld, type SessionWorld, site } from '../doors/session/session-world.ts';
import { makeLab } from '../gates/lab.ts';
import { openBrowsers, type Page } from '../lab-traffic/recorder/browser.ts';

const hub = 'https://hub.test';
const malloryHost = 'mallory.hub.test';

async function serveHttps(t: Test, host: string, listener: RequestListener): Promise<number> {
  const server = createServer(makeCertificate({ names: [host] }), listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

interface Scene {
  readonly world: SessionWorld;
  readonly page: Page;
  /** Codes that the site has given to the browser. */
  readonly codes: string[];
}

/** Alice is signed in at a site that sends everybody on with a code, whatever the state; on mallory's host a stranger answers. */
async function openScene(t: Test): Promise<Scene> {
  const { cert, key } = makeCertificate({ names: ['hub.test'] });
  const certificates = makeLab(t);
  const tls = { certFile: certificates.write('gate.pem', cert), keyFile: certificates.write('gate.key', key) };
  const listen = [{ address: '127.0.0.1:0' }, { address: '127.0.0.1:0', tls }];
  const world = await openSessionWorld(t, {}, { userHosts: '*.hub.test', listen });
  const codes: string[] = [];
  const sitePort = await serveHttps(t, 'www.test', async (request, response) => {
    const state = new URL(request.url ?? '/', site).searchParams.get('state') ?? '';
    const headers = [`Authorization: Bearer ${world.lab.token('alice')}`];
    const { code } = JSON.parse((await world.send('/hubgate/code', { method: 'POST', headers })).body);
    codes.push(code);
    response.writeHead(302, { Location: `${hub}/hubgate/enter?code=${code}&state=${state}` }).end();
  });
  // As an ingress does where a page has set more cookies than it takes.
  const strangePort = await serveHttps(t, malloryHost, (request, response) => {
    const isPage = request.url?.startsWith('/user/mallory/');
    response.writeHead(isPage ? 200 : 400, { 'Content-Type': 'text/html' }).end('<title>here</title>');
  });
  const hosts = { 'hub.test': world.gate.ports[1] ?? 0, 'www.test': sitePort, [malloryHost]: strangePort };
  const browsers = await openBrowsers(hosts);
  t.teardown(() => browsers.close());
  const page = await browsers.openPage();
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
  return String(await page.evaluate('opened.closed ? "closed" : opened.location.href'));
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
