/** The small browser: cookies by path, redirects within one origin only. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Test, test } from 'tap';
import { BrowserSession } from './browser-session.ts';
import { CookieJar } from './cookie-jar.ts';

const jarRows: { title: string; setCookies: string[]; path: string; header: string }[] = [
  {
    title: 'longest path first',
    setCookies: ['a=1; Path=/', 'b=2; Path=/hub/'],
    path: '/hub/x?y=/',
    header: 'b=2; a=1',
  },
  { title: 'other paths are not sent', setCookies: ['a=1; Path=/user/bob/'], path: '/user/alice/', header: '' },
  { title: 'a path covers whole segments', setCookies: ['a=1; Path=/hub'], path: '/hubgate', header: '' },
  {
    title: 'one name may stand on several paths',
    setCookies: ['x=1; Path=/', 'x=2; Path=/hub/'],
    path: '/hub/',
    header: 'x=2; x=1',
  },
  { title: 'without a path: the folder of the request', setCookies: ['a=1'], path: '/hub/other', header: 'a=1' },
  {
    title: 'values keep quotes and equals signs',
    setCookies: ['a="2|1:0|x=="; Path=/'],
    path: '/',
    header: 'a="2|1:0|x=="',
  },
  { title: 'Max-Age=0 deletes', setCookies: ['a=1; Path=/', 'a=; Path=/; Max-Age=0'], path: '/', header: '' },
  {
    title: 'a past date deletes',
    setCookies: ['a=1; Path=/', 'a=; expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/'],
    path: '/',
    header: '',
  },
];

test('cookie jar: SameSite', async t => {
  const jar = new CookieJar();
  jar.store(['s=1; Path=/; SameSite=Strict', 'l=1; Path=/; SameSite=Lax', 'n=1; Path=/; SameSite=None', 'd=1'], '/');
  t.strictSame(
    (['same-site', 'link', 'form'] as const).map(by => jar.header('/', by)),
    ['s=1; l=1; n=1; d=1', 'l=1; n=1; d=1', 'n=1'],
  );
});

for (const { title, setCookies, path, header } of jarRows) {
  test(`cookie jar: ${title}`, async t => {
    const jar = new CookieJar();
    jar.store(setCookies, '/hub/login');
    t.equal(jar.header(path), header);
  });
}

test('a login: redirect, cookies, then a POST with the xsrf token', async t => {
  const seen: string[] = [];
  const port = await serving(t, (incoming, answer) => {
    seen.push(
      `${incoming.method} ${incoming.url} ${incoming.headers.cookie ?? '-'} ${incoming.headers['x-xsrftoken'] ?? '-'}`,
    );
    if (incoming.url === '/hub/login') answer.setHeader('Set-Cookie', ['login=1; Path=/hub/', '_xsrf=t; Path=/hub/']);
    if (incoming.url === '/hub/login') answer.writeHead(302, { Location: 'home?a=b' });
    answer.end();
  });
  const browser = new BrowserSession({ port });
  const home = await browser.open('/hub/login');
  t.strictSame(home.journey, ['302 /hub/login', '200 /hub/home?a=b']);
  await browser.post('/hub/api/x', '{}');
  t.strictSame(seen, [
    'GET /hub/login - -',
    'GET /hub/home?a=b login=1; _xsrf=t -',
    'POST /hub/api/x login=1; _xsrf=t t',
  ]);
});

test('a redirect to another origin is not followed', async t => {
  const port = await serving(t, (_incoming, answer) => answer.writeHead(302, { Location: '//evil.example/x' }).end());
  await t.rejects(new BrowserSession({ port }).open('/'), { message: /another origin: http:\/\/evil\.example/ });
});

test('redirects without end are', async t => {
  const port = await serving(t, (_incoming, answer) => answer.writeHead(302, { Location: '/' }).end());
  await t.rejects(new BrowserSession({ port }).open('/'), { message: /too many redirects/ });
});

async function serving(t: Test, answer: (incoming: IncomingMessage, answer: ServerResponse) => void): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
