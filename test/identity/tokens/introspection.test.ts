/** What is asked of introspection endpoints, what counts as an answer, and how little is asked whatever comes. */

import t from 'tap';
import type { Finding } from '../../../src/gate/lookups.ts';
import {
  clientAuthorization,
  Introspection,
  type IntrospectionEndpoint,
  type PostForm,
} from '../../../src/identity/tokens/introspection.ts';
import { clockBy } from '../../clock/settable-clock.ts';

const start = 1_800_000_000_000;

type Answer = { readonly status?: number; readonly contentType?: string; readonly body?: string | Uint8Array };

const endpoint: IntrospectionEndpoint = {
  entry: 'introspection[0]',
  url: 'https://sso.example.org/introspect',
  authorization: 'Basic eA==',
  ca: null,
  timeoutMs: 5000,
  cacheForMs: 30_000,
};
const second: IntrospectionEndpoint = { ...endpoint, entry: 'introspection[1]', url: 'https://other.example.org/' };

/** An endpoint that answers by the token, and notes what it was asked. */
function world(
  answerFor: (token: string, url: string) => Answer | Error | Promise<Answer>,
  ...more: IntrospectionEndpoint[]
) {
  const asked: { url: string; form: string }[] = [];
  const faults: string[] = [];
  const clock = { now: start };
  const post: PostForm = async (url, { form }) => {
    asked.push({ url, form });
    const answer = await answerFor(new URLSearchParams(form).get('token') ?? '', url);
    if (answer instanceof Error) throw answer;
    const { status = 200, contentType = 'application/json', body = '' } = answer;
    return { status, contentType, body: Buffer.from(body) };
  };
  const io = {
    post,
    clock: clockBy(() => clock.now),
    onFault: (entry: string, fault: string) => void faults.push(`${entry} ${fault}`),
  };
  return { introspection: new Introspection([endpoint, ...more], io), asked, faults, clock };
}

const says = (members: Readonly<Record<string, unknown>>): Answer => ({ body: JSON.stringify(members) });
const active = (more: Readonly<Record<string, unknown>> = {}): Answer => says({ active: true, sub: 'alice', ...more });
const inactive = says({ active: false });
const nobody: Finding = { what: 'introspection', answer: undefined };
const unavailable = { reason: 'introspection-unavailable' };

t.test('an active token', async t => {
  const posted: unknown[] = [];
  const io = {
    clock: clockBy(() => start),
    onFault: () => undefined,
    post: async (...all: unknown[]) => {
      posted.push(all);
      return {
        status: 200,
        contentType: 'application/json;charset=UTF-8',
        body: Buffer.from('{"active":true,"sub":"a"}'),
      };
    },
  };
  const introspection = new Introspection([{ ...endpoint, ca: 'PEM' }], io);
  t.equal(introspection.known('t+&'), undefined);
  const finding = await introspection.find('t+&');
  const claims = Object.assign(Object.create(null), { active: true, sub: 'a' });
  t.strictSame(finding, {
    what: 'introspection',
    answer: { token: 't+&', entry: 0, claims, givenAt: { wall: start, steady: start }, until: start + 30_000 },
  });
  t.equal(introspection.known('t+&'), finding, 'the same object as long as it is believed');
  t.strictSame(posted, [
    [
      endpoint.url,
      {
        form: 'token=t%2B%26&token_type_hint=access_token',
        headers: { Accept: 'application/json', Authorization: 'Basic eA==' },
        ca: 'PEM',
        maxBytes: 65_536,
        timeoutMs: 5000,
      },
    ],
  ]);
});

t.test('the client shows itself form-encoded (RFC 6749 §2.3.1)', async t => {
  const decoded = (text: string): string => Buffer.from(text.replace('Basic ', ''), 'base64').toString();
  t.equal(decoded(clientAuthorization('gate', 'plain-secret_1.2')), 'gate:plain-secret_1.2');
  t.equal(decoded(clientAuthorization('a b:c', 'p%ä:+&=')), 'a+b%3Ac:p%25%C3%A4%3A%2B%26%3D');
});

const noAnswers: readonly (readonly [rule: string, answer: Answer, fault: RegExp])[] = [
  ['another status', { status: 401, body: '{"active":false}' }, /status 401$/],
  ['a status of success without content', { status: 204 }, /status 204$/],
  ['a redirect', { status: 302, body: '{"active":true}' }, /status 302$/],
  [
    'another type of content',
    { contentType: 'text/html', body: '{"active":true}' },
    /something else than application\/json$/,
  ],
  ['no type of content', { contentType: '', body: '{"active":true}' }, /something else/],
  ['a type that only begins so', { contentType: 'application/jsonp', body: '{"active":true}' }, /something else/],
  [
    'a signed answer (RFC 9701)',
    { contentType: 'application/token-introspection+jwt', body: 'a.b.c' },
    /something else/,
  ],
  ['no JSON', { body: 'active' }, /no JSON (?:object|of one meaning)/],
  ['half of it', { body: '{"active":true' }, /no JSON (?:object|of one meaning)/],
  ['a list', { body: '[true]' }, /no JSON (?:object|of one meaning)/],
  ['two readings', { body: '{"active":false,"active":true}' }, /of one meaning/],
  ['no UTF-8', { body: Buffer.from('{"active":true,"sub":"\xff"}', 'latin1') }, /of one meaning/],
  ['nothing of activity', says({ sub: 'alice' }), /did not say whether/],
  ['a text for true', says({ active: 'true' }), /did not say whether/],
  ['a number for true', says({ active: 1 }), /did not say whether/],
  ['nothing for false', says({ active: null }), /did not say whether/],
];

for (const [rule, answer, fault] of noAnswers) {
  t.test(`no answer that counts: ${rule}`, async t => {
    const { introspection, faults } = world(() => answer);
    t.match(await introspection.find('t'), { ...unavailable, detail: '', inAudit: 'introspection[0]' });
    t.match(faults, [fault]);
    t.match(introspection.counts, { asked: 1, failed: 1 });
  });
}

t.test('nothing of a fault beyond its code is said', async t => {
  const refused = Object.assign(new Error('connect to secret.internal'), { code: 'ECONNREFUSED' });
  const { introspection, faults, clock } = world(token => (token === 'a' ? refused : new RangeError('secret')));
  t.match(await introspection.find('a'), unavailable);
  t.match(await introspection.find('b'), unavailable);
  t.strictSame(faults, ['introspection[0] ECONNREFUSED', 'introspection[0] RangeError']);
  clock.now += 999;
  t.match(introspection.known('a'), unavailable, 'for a moment the same token is not asked about again');
  clock.now += 1;
  t.equal(introspection.known('a'), undefined, 'and then it is');
});

t.test('not active is believed for ten seconds', async t => {
  const { introspection, asked, clock } = world(() => (asked.length > 1 ? active() : inactive));
  t.strictSame(await introspection.find('t'), nobody);
  clock.now += 9_999;
  t.strictSame(introspection.known('t'), nobody);
  t.strictSame(await introspection.find('t'), nobody);
  clock.now += 1;
  t.equal(introspection.known('t'), undefined);
  t.match(await introspection.find('t'), { answer: { entry: 0 } });
  t.equal(asked.length, 2);
});

t.test('active is believed until cacheFor or exp', async t => {
  const seconds = start / 1000;
  const { introspection, clock } = world(token => active({ exp: seconds + Number(token) }));
  for (const token of ['600', '10', '-5', '0.2']) await introspection.find(token);
  const known = (): string[] => ['600', '10', '-5', '0.2'].filter(token => introspection.known(token) !== undefined);
  t.strictSame(known(), ['600', '10', '-5', '0.2']);
  clock.now += 1000;
  t.strictSame(known(), ['600', '10'], 'a past exp does not make every request a question');
  clock.now += 9000;
  t.strictSame(known(), ['600']);
  clock.now += 20_000;
  t.strictSame(known(), [], 'never longer than cacheFor');
});

t.test('what was active is not any more', async t => {
  const { introspection, clock, asked } = world(() => (asked.length > 1 ? inactive : active()));
  await introspection.find('t');
  clock.now += 30_000;
  t.strictSame(await introspection.find('t'), nobody);
  t.strictSame(introspection.known('t'), nobody);
});

t.test('endpoints are asked in turn, and none past one that can not be asked', async t => {
  const owners: Readonly<Record<string, string>> = { first: endpoint.url, second: second.url };
  const { introspection, asked } = world((token, url) => {
    if (token === 'down' && url === endpoint.url) return new Error('down');
    return owners[token] === url || token === 'down' ? active() : inactive;
  }, second);
  t.match(await introspection.find('first'), { answer: { entry: 0 } });
  t.match(await introspection.find('second'), { answer: { entry: 1 } });
  t.strictSame(await introspection.find('third'), nobody);
  t.match(await introspection.find('down'), { ...unavailable, detail: '', inAudit: 'introspection[0]' });
  const urls = asked.map(({ url }) => (url === endpoint.url ? 1 : 2));
  t.strictSame(urls, [1, 1, 2, 1, 2, 1]);
});

/** Questions that wait for `answer`. */
function waitingWorld() {
  const waiting: ((answer: Answer) => void)[] = [];
  const opened = world(() => new Promise<Answer>(resolve => waiting.push(resolve)));
  const answer = (one: Answer): void => waiting.splice(0).forEach(resolve => void resolve(one));
  return { ...opened, answer };
}

t.test('many requests with one token are one question', async t => {
  const { introspection, asked, answer } = waitingWorld();
  const findings = Array.from({ length: 100 }, () => introspection.find('same'));
  answer(active());
  t.equal(new Set(await Promise.all(findings)).size, 1);
  t.equal(asked.length, 1);
  t.match(introspection.counts, { asked: 1, failed: 0, crowded: 0 });
});

t.test('a storm of tokens is refused at once beyond so many questions', async t => {
  const { introspection, asked, answer, clock } = waitingWorld();
  const known = Array.from({ length: 20 }, (_, at) => introspection.find(`known ${at}`));
  answer(active());
  await Promise.all(known);
  clock.now += 30_000;
  const storm = Array.from({ length: 1000 }, (_, at) => introspection.find(`storm ${at}`));
  t.equal(asked.length, 20 + 32);
  t.match(await storm.at(-1), { ...unavailable, detail: 'too many tokens are being asked about' });
  t.equal(introspection.known('storm 999'), undefined, 'which says nothing of the token');
  const again = Array.from({ length: 20 }, (_, at) => introspection.find(`known ${at}`));
  t.equal(asked.length, 20 + 32 + 16, 'those that were active before have places of their own');
  answer(inactive);
  await Promise.all([...storm, ...again]);
  t.equal(introspection.counts.crowded, 1000 - 32 + 4);
  t.match(introspection.known('storm 0'), nobody);
  const later = introspection.find('later');
  answer(active());
  t.match(await later, { answer: { entry: 0 } }, 'and then there is room again');
  clock.now += 10_000;
  const next = Array.from({ length: 32 }, (_, at) => introspection.find(`next ${at}`));
  t.match(await introspection.find('known 0'), unavailable, 'who turned out to be inactive has no place of its own');
  answer(inactive);
  await Promise.all(next);
});

t.test('a flood of bad tokens pushes out no good one', async t => {
  const { introspection } = world(token => (token.startsWith('good') ? active() : inactive));
  await introspection.find('good');
  for (let at = 0; at < 20_000; at += 1) await introspection.find(`bad ${at}`);
  t.match(introspection.known('good'), { answer: { entry: 0 } });
  t.equal(introspection.known('bad 0'), undefined, 'of the bad ones some are remembered');
  t.strictSame(introspection.known('bad 19999'), nobody);
});

t.test('large answers take no more room than small ones', async t => {
  const { introspection } = world(() => active({ more: 'x'.repeat(60_000) }));
  const tokens = Array.from({ length: 1000 }, (_, at) => `t${at}`);
  for (const token of tokens) await introspection.find(token);
  const known = tokens.filter(token => introspection.known(token) !== undefined).length;
  t.ok(known > 100 && known * 60_000 <= 16 * 1024 * 1024, `${known} are known`);
});

t.test('counts go on where they are told to', async t => {
  const { introspection } = world(() => active());
  await introspection.find('t');
  introspection.known('t');
  introspection.known('t');
  t.strictSame(introspection.counts, { asked: 1, failed: 0, cached: 2, crowded: 0, errors: new Map() });
  const io = { post: () => Promise.reject(new Error('x')), clock: clockBy(() => start), onFault: () => undefined };
  const next = new Introspection([endpoint], io, introspection.counts);
  t.equal(next.known('t'), undefined, 'the next policy asks anew');
  await next.find('t');
  const errors = new Map([[endpoint.url, 'Error']]);
  t.strictSame(introspection.counts, { asked: 2, failed: 1, cached: 2, crowded: 0, errors });
});

t.test('asked anew while an answer is believed still', async t => {
  let reply: Answer = active();
  const { introspection, asked, clock } = world(() => reply);
  const first = await introspection.find('a');
  clock.now += 10_000;
  t.equal(await introspection.find('a', 10_001), first, 'young enough');
  t.not(await introspection.find('a', 10_000), first);
  t.equal(asked.length, 2);
  t.match(
    introspection.known('a'),
    { answer: { givenAt: { wall: start + 10_000 }, until: start + 40_000 } },
    'and for requests',
  );

  clock.now += 10_000;
  reply = { status: 500 };
  t.match(await introspection.find('a', 10_000), unavailable);
  t.match(
    introspection.known('a'),
    { answer: { givenAt: { wall: start + 10_000 } } },
    'requests go by the answer that there is',
  );
  t.match(await introspection.find('a', 10_000), unavailable);
  t.equal(asked.length, 3, 'an endpoint in trouble has a second of rest');

  clock.now += 1000;
  reply = inactive;
  t.strictSame(await introspection.find('a', 10_000), nobody);
  t.strictSame(introspection.known('a'), nobody, 'who is revoked is so for requests too');
});
