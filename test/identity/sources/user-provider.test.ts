/** Providers: who is asked when, under which URL, and how long what they said is kept. */
import { mock } from 'node:test';
import fc from 'fast-check';
import t from 'tap';
import { refuse } from '../../../src/gate/reasons.ts';
import { normalTemplate, userUrl } from '../../../src/http/user-url.ts';
import { BriefAnswers } from '../../../src/identity/sources/brief-answers.ts';
import { type UserProvider, UserProviders } from '../../../src/identity/sources/user-provider.ts';

const start = Date.UTC(2026, 10, 26);
const seconds = start / 1000;

interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly cacheControl?: string;
}

const mountProvider: UserProvider = {
  header: 'Mount',
  url: 'https://p.example/{user}',
  authorization: null,
  ca: null,
  timeoutMs: 2000,
  cacheForMs: 60_000,
  expires: true,
  check: answer => (answer === 'wrong' ? refuse('data-invalid', 'wrong') : null),
};

function world(give: (url: string, times: number) => Answer | Promise<Answer>, provider: Partial<UserProvider> = {}) {
  const clock = { now: start };
  const asked: string[] = [];
  const faults: string[] = [];
  const providers = new UserProviders([{ ...mountProvider, ...provider }], {
    get: async url => {
      asked.push(url);
      const { status = 200, body, cacheControl = '' } = await give(url, asked.length);
      return { status, contentType: 'application/json', cacheControl, body: Buffer.from(JSON.stringify(body)) };
    },
    now: () => clock.now,
    onFault: (header, fault) => void faults.push(`${header} ${fault}`),
  });
  t.teardown(() => providers.close());
  return { clock, asked, faults, providers, find: (user = 'alice') => providers.find('Mount', user) };
}

t.test('many requests of one user are one question', async t => {
  const waiting = Promise.withResolvers<Answer>();
  const { find, asked } = world(() => waiting.promise);
  const findings = Array.from({ length: 50 }, () => find());
  waiting.resolve({ body: { a: 1 } });
  t.equal(new Set(await Promise.all(findings)).size, 1);
  t.strictSame(asked, ['https://p.example/alice']);
});

t.test('of two users, each gets his own', async t => {
  const { find } = world(url => ({ body: { url } }));
  const answers = await Promise.all([find('alice'), find('bob'), find('alice')]);
  const urls = ['alice', 'bob', 'alice'].map(user => ({ answer: { url: `https://p.example/${user}` } }));
  t.match(answers, urls);
  t.match(await find('bob'), urls[1], 'from what is kept, too');
});

t.test('an answer is kept for cacheFor, and never past expiresAt', async t => {
  const expiry: Record<string, unknown> = {
    none: undefined,
    later: seconds + 3600,
    soon: seconds + 10,
    text: '2026-11-26T00:00:10Z',
    past: seconds - 1,
    unread: 'tomorrow',
  };
  const { find, asked, clock } = world(url => ({ body: { expiresAt: expiry[url.split('/').at(-1) ?? ''] } }));
  const users = Object.keys(expiry);
  const askedAgain = async (): Promise<string[]> => {
    asked.length = 0;
    for (const user of users) await find(user);
    return asked.map(url => url.split('/').at(-1) ?? '');
  };
  t.strictSame(await askedAgain(), users);
  t.strictSame(await askedAgain(), ['past', 'unread']);
  clock.now += 9_999;
  t.strictSame(await askedAgain(), ['past', 'unread']);
  clock.now += 1;
  t.strictSame(await askedAgain(), ['soon', 'text', 'past', 'unread']);
  clock.now += 50_000;
  t.strictSame(await askedAgain(), users);
});

t.test('without cacheFor, or against no-store, nothing is kept', async t => {
  for (const { find, asked } of [
    world(() => ({ body: {} }), { cacheForMs: 0 }),
    world(() => ({ body: {}, cacheControl: 'private, No-Store' })),
  ]) {
    await find();
    await find();
    t.equal(asked.length, 2);
  }
});

t.test('of data, a member called expiresAt is data', async t => {
  const { find, asked } = world(() => ({ body: { expiresAt: 1 } }), { expires: false });
  t.match(await find(), { answer: { expiresAt: 1 } });
  await find();
  t.equal(asked.length, 1);
});

t.test('a wrong answer is asked for again at once, no answer after a second', async t => {
  const { find, asked, clock, faults } = world((_url, times) =>
    times === 1
      ? { body: 'wrong' }
      : times === 2
        ? { status: 503, body: '' }
        : times === 3
          ? { status: 404, body: '' }
          : { body: {} },
  );
  t.match(await find(), { reason: 'data-invalid' });
  t.match(await find(), { reason: 'data-unavailable', inAudit: 'the provider for Mount answered with status 503' });
  t.match(await find(), { reason: 'data-unavailable' });
  t.equal(asked.length, 2);
  clock.now += 1000;
  t.strictSame(await find(), { what: 'provider', answer: undefined });
  t.strictSame(await find(), { what: 'provider', answer: undefined });
  t.equal(asked.length, 3);
  clock.now += 1000;
  t.match(await find(), { answer: {} });
  t.strictSame(faults, ['Mount answered with status 503']);
});

t.test('a storm of users is refused at once beyond so many questions', async t => {
  const waiting = Promise.withResolvers<Answer>();
  const { find, asked } = world(() => waiting.promise);
  const findings = Array.from({ length: 40 }, (_, at) => find(`user${at}`));
  t.equal(asked.length, 32);
  t.match(await findings[39], { reason: 'data-unavailable', detail: 'too many users are being asked about' });
  waiting.resolve({ body: {} });
  await Promise.all(findings);
  t.match(await find('user39'), { answer: {} }, 'and then there is room again');
});

t.test('what is kept is forgotten when the next policy takes over, what was under way as well', async t => {
  const waiting = Promise.withResolvers<Answer>();
  const { find, asked, providers } = world((_url, times) => (times === 1 ? { body: {} } : waiting.promise));
  await find('alice');
  const late = find('bob');
  providers.close();
  waiting.resolve({ body: {} });
  t.match(await late, { answer: {} });
  await Promise.all([find('alice'), find('bob')]);
  t.equal(asked.length, 4);
});

t.test('an answer is let go of at its time, though nobody asks', async t => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.teardown(() => mock.timers.reset());
  const answers = new BriefAnswers<string>({ entries: 3, bytes: 100 }, Date.now);
  answers.set('a', 'key', 1000, 10);
  answers.set('b', 'key', 2000, 10);
  answers.set('b', 'another', 3000, 10);
  answers.set('past', 'key', 0, 10);
  answers.set('large', 'key', 1000, 101);
  t.equal(answers.size, 2);
  mock.timers.tick(1000);
  t.equal(answers.size, 1);
  t.equal(answers.get('a'), undefined);
  mock.timers.tick(1000);
  t.equal(answers.get('b'), 'another', 'the timer of the one before is gone with it');
  for (const key of ['c', 'd', 'e']) answers.set(key, key, 9000, 10);
  t.strictSame(
    ['b', 'c', 'd', 'e'].map(key => answers.get(key)),
    [undefined, 'c', 'd', 'e'],
    'the oldest goes',
  );
  answers.set('f', 'f', 9000, 85);
  t.strictSame(
    ['d', 'e', 'f'].map(key => answers.get(key)),
    [undefined, 'e', 'f'],
    'as many as it takes',
  );
  answers.close();
  answers.set('g', 'g', 9000, 1);
  t.equal(answers.size, 0);
});

t.test('a name is one piece of a URL, and leads nowhere else (H17)', async t => {
  const path = 'https://p.example/mounts/{user}';
  const query = 'https://p.example/mounts?a=b&user={user}&c=d';
  t.equal(userUrl(path, "a!'()*~._-"), 'https://p.example/mounts/a%21%27%28%29%2A~._-');
  t.equal(userUrl(path, 'jürgen'), 'https://p.example/mounts/j%C3%BCrgen');
  t.equal(userUrl(path, '{user}'), 'https://p.example/mounts/%7Buser%7D', 'the name is no template');
  t.equal(userUrl(path, '$&'), 'https://p.example/mounts/%24%26', 'and no pattern');
  t.equal(userUrl(query, '..'), 'https://p.example/mounts?a=b&user=..&c=d');
  for (const user of ['', '.', '..', '\ud800']) t.equal(userUrl(path, user), null, JSON.stringify(user));
  t.equal(userUrl('https://p.example/a/.{user}', '.'), null);
  const name = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('../x', 'a/b', '%2e%2e', 'a?b', 'a#b', '\\', '//evil'),
  );
  fc.assert(
    fc.property(name, user => {
      for (const template of [path, query]) {
        const url = userUrl(template, user);
        if (url === null) continue;
        const { origin, pathname, search, hash } = new URL(url);
        const shown =
          template === path ? pathname.slice('/mounts/'.length) : (new URL(url).searchParams.get('user') ?? '');
        t.ok(/^[\x21-\x7e]*$/.test(url));
        t.equal(`${origin}${hash}`, 'https://p.example');
        t.equal(template === path ? decodeURIComponent(shown) : shown, user);
        t.equal(
          template === path ? pathname.split('/').length : search.split(/[&=]/).length,
          template === path ? 3 : 6,
        );
      }
    }),
  );
});

t.test('a template is written in one way, or is none', async t => {
  t.equal(normalTemplate('HTTPS://P.example:443/a/../{user}'), 'https://p.example/{user}');
  t.equal(normalTemplate('https://p.example/{user}/m?u={user}'), 'https://p.example/{user}/m?u={user}');
  const wrong = [
    'https://{user}.example/',
    'https://p.example:{user}/',
    'https://{user}@p.example/x',
    'https://p.example/#{user}',
  ];
  for (const template of [...wrong, '{user}', 'https://p.example/{user}/../x', 'mailto:{user}'])
    t.equal(normalTemplate(template), null, template);
});
