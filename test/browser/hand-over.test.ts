/** In Chromium: another site hands over one user after the other, and the browser shows the session cookie to no form of another site. */
import { test } from 'tap';
import { site } from '../doors/session/session-world.ts';
import { openHublessWorld } from './hubless-world.ts';

test('the next user ends the session of the one before, whose cookie the browser keeps back', async t => {
  const shown: (string | undefined)[] = [];
  const { world, page } = await openHublessWorld(t, world => ({
    'www.test': (request, response) => {
      const user = new URL(request.url ?? '/', site).pathname.slice(1);
      const token = world.lab.token(user);
      response
        .setHeader('Content-Type', 'text/html')
        .end(`<form method="post" action="https://hub.test/hubgate/session">
<input name="token" value="${token}"><input name="next" value="/hub/home"><button>Go</button></form>`);
    },
  }));
  page.on('request', async request => {
    if (request.method() === 'POST') shown.push((await request.allHeaders())['cookie']);
  });
  const handOver = async (user: string): Promise<string> => {
    await page.goto(`${site}/${user}`);
    await page.getByRole('button').click();
    await page.waitForURL('https://hub.test/hub/home');
    const cookies = await page.context().cookies('https://hub.test');
    const session = cookies.find(({ name }) => /^__Host-hubgate-[0-9a-f]{8}$/.test(name));
    return `Cookie: ${session?.name}=${session?.value}`;
  };
  const status = async (cookie: string): Promise<number> =>
    (await world.send('/hub/home', { headers: [cookie] })).status;
  const alice = await handOver('alice');
  t.equal(await status(alice), 200);
  const bob = await handOver('bob');
  t.match(shown.at(-1), /^__Host-Http-hubgate-[0-9a-f]{8}-guest=[^;]+$/, 'all that comes along with the form');
  t.strictSame([await status(alice), await status(bob)], [401, 200]);
});
