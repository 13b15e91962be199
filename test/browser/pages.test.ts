/** The gate's own pages in Chromium, light and dark, wide and narrow: readable for everybody, and nothing is loaded from anywhere. */
import { test } from 'tap';
import { openBrowsers, type Page } from '../lab-traffic/recorder/browser.ts';
import { lookWithAxe } from './axe.ts';
import { openGatePages } from './gate-pages.ts';

/** Chromium's own word on a page whose status is an error, about that page alone. */
const statusNote = /^Failed to load resource: the server responded with a status of \d{3} /;

interface Watched {
  readonly requests: string[];
  readonly complaints: string[];
}

function watch(page: Page): Watched {
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', request => requests.push(`${request.resourceType()} ${request.url()}`));
  page.on('pageerror', error => complaints.push(error.message));
  page.on('console', message => {
    const isNote = statusNote.test(message.text()) && message.location().url === page.url();
    if (!isNote) complaints.push(`${message.type()}: ${message.text()}`);
  });
  return { requests, complaints };
}

/** Whether a reader has to move the page sideways. */
const overflows = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';

/** What has the focus, one press of the key after another, until it leaves the page. */
async function focusOrder(page: Page): Promise<string[]> {
  const order: string[] = [];
  for (let presses = 0; presses < 10; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = String(await page.evaluate('document.activeElement?.textContent ?? ""'));
    const isNowhere = await page.evaluate('document.activeElement === document.body');
    if (isNowhere === true || order.includes(focused)) return order;
    order.push(focused);
  }
  return order;
}

test('every page that the gate shows', async t => {
  const pages = await openGatePages(t);
  const browsers = await openBrowsers();
  t.teardown(() => browsers.close());
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [width, height] of [
      [1280, 800],
      [320, 640],
    ] as const)
      for (const { name, url, headers, status, title, links } of pages)
        await t.test(`${name}, ${colorScheme}, ${width} wide`, async t => {
          const page = await browsers.openPage(headers);
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height });
          const { requests, complaints } = watch(page);
          const answer = await page.goto(url);
          t.equal(answer?.status(), status);
          t.strictSame([await page.title(), await page.locator('h1').allTextContents()], [title, [title]]);
          t.equal(await page.getAttribute('html', 'lang'), 'en');
          t.match(
            await answer?.headerValue('content-security-policy'),
            /^default-src 'none'; style-src 'sha256-[^' ]+';/,
          );
          const { passed, found } = await lookWithAxe(page);
          t.strictSame(found, [], 'nothing for axe to say');
          t.ok(passed > 10, 'it has looked');
          t.equal(await page.evaluate(overflows), false, 'nothing sticks out');
          const dark = await page.evaluate('getComputedStyle(document.body).backgroundColor');
          t.equal(dark, colorScheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(243, 245, 247)', 'its style is applied');
          t.strictSame(await focusOrder(page), links, 'what leads on is reached by the keyboard');
          t.ok(requests.length > 0, 'requests are seen');
          t.strictSame(
            requests.filter(request => !request.startsWith('document http://127.0.0.1:')),
            [],
            'nothing but the page is loaded',
          );
          t.strictSame(complaints, []);
          await page.context().close();
        });
});
