import { createHash } from 'node:crypto';
import t from 'tap';
import { type RefusalContext, renderRefusal } from '../../src/doors/refusal.ts';
import { type ReasonId, reasons, refuse, refuseWithAudit } from '../../src/gate/reasons.ts';

const json: RefusalContext = { accept: ['*/*'], requestId: 'req-1', method: 'GET' };
const html: RefusalContext = {
  accept: ['text/html,application/xhtml+xml,*/*;q=0.8'],
  requestId: 'req-1',
  method: 'GET',
};
const ids = Object.keys(reasons) as ReasonId[];

function fields(answer: ReturnType<typeof renderRefusal>, name: string): string[] {
  return answer.fields.filter(([spelled]) => spelled.toLowerCase() === name).map(([, value]) => value);
}

function field(answer: ReturnType<typeof renderRefusal>, name: string): string | undefined {
  const values = fields(answer, name);
  if (values.length > 1) throw new Error(`${name} stands ${values.length} times`);
  return values[0];
}

for (const id of ids) {
  const reason = reasons[id];
  const program = renderRefusal(refuse(id, 'jwt[0]'), json);
  const browser = renderRefusal(refuse(id, 'jwt[0]'), html);

  t.equal(program.status, reason.status, `${id}: the status is the table's`);
  t.match(
    JSON.parse(program.body.toString()),
    {
      type: `urn:hubgate:reason:${id}`,
      status: reason.status,
      reason: id,
      requestId: 'req-1',
      detail: `${reason.help} (jwt[0])`,
      docs: `docs/reasons.md#${id}`,
    },
    `${id}: a program gets problem+json (RFC 9457)`,
  );
  t.equal(field(program, 'content-type'), 'application/problem+json');
  t.equal(field(browser, 'content-type'), 'text/html; charset=utf-8', `${id}: a browser gets a page`);
  const page = browser.body.toString();
  t.ok(page.includes(id) && page.includes('req-1'), `${id}: the page names the reason and the request`);
  t.notOk(
    /<script|\ssrc=|href=|url\(|@import|This can not be served/.test(page),
    `${id}: the page loads nothing and knows its status`,
  );
  for (const answer of [program, browser]) {
    t.equal(field(answer, 'content-length'), String(answer.body.length));
    t.equal(field(answer, 'cache-control'), 'no-store');
    t.equal(field(answer, 'x-content-type-options'), 'nosniff');
    t.equal(field(answer, 'cross-origin-opener-policy'), 'same-origin', `${id}: nobody else's page holds the window`);
    t.equal(fields(answer, 'www-authenticate').length > 0, reason.status === 401, `${id}: a challenge with 401 only`);
    const retryAfter = 'retryAfter' in reason ? String(reason.retryAfter) : undefined;
    t.equal(field(answer, 'retry-after'), retryAfter, `${id}: Retry-After is the table's`);
    t.equal(
      field(answer, 'allow') !== undefined,
      reason.status === 405,
      `${id}: Allow with 405 only (RFC 9110 §15.5.6)`,
    );
    t.ok(
      answer.fields.every(([, value]) => /^[\x20-\x7e]*$/.test(value)),
      `${id}: field values are visible ASCII`,
    );
  }
}

t.test('the challenge is RFC 6750 §3', async t => {
  const none = renderRefusal(refuse('credential-missing'), json);
  t.equal(field(none, 'www-authenticate'), 'Bearer realm="hubgate"', 'no error code where no token was shown');
  const expired = field(renderRefusal(refuse('token-expired', 'jwt[0]'), json), 'www-authenticate') ?? '';
  t.match(expired, /^Bearer realm="hubgate", error="invalid_token", error_description="[^"\\]+"$/);
  t.notOk(expired.includes('jwt[0]'), 'the detail is not in the challenge');
});

t.test('DPoP is offered where a bound token or a proof was shown (RFC 9449 §7.1, §7.2)', async t => {
  const algs = 'algs="ES256 ES384 ES512 EdDSA Ed25519 PS256 PS384 PS512 RS256 RS384 RS512"';
  const [dpop, bearer, ...more] = fields(renderRefusal(refuse('dpop-invalid', 'htu'), json), 'www-authenticate');
  t.match(
    dpop,
    new RegExp(`^DPoP realm="hubgate", ${algs}, error="invalid_dpop_proof", error_description="[^"\\\\]+"$`),
  );
  t.notOk(dpop?.includes('(htu)'), 'the detail is not in the challenge');
  t.equal(bearer, 'Bearer realm="hubgate"');
  t.equal(more.length, 0);
  const bound = fields(renderRefusal(refuse('token-bound'), json), 'www-authenticate');
  t.match(bound[0], /^Bearer realm="hubgate", error="invalid_token", error_description="[^"]+"$/);
  t.match(bound[1], new RegExp(`^DPoP realm="hubgate", ${algs}, error="invalid_token", `));
  const offering = ids.filter(id => fields(renderRefusal(refuse(id), json), 'www-authenticate').length > 1);
  t.strictSame(offering, ['token-bound', 'dpop-invalid', 'dpop-replayed']);
});

t.test('the id stands in its place, whatever the detail says and whatever was refused before', async t => {
  for (const context of [json, html]) {
    for (const detail of ['{id}', '', 'x-\u00fc', '{id}{id}']) {
      for (const requestId of ['req-2', 'req-"3"', 'req-\u00e4']) {
        const { body, fields } = renderRefusal(refuse('header-spoofed', detail), { ...context, requestId });
        const text = body.toString('utf8');
        if (context === html) {
          t.ok(
            text.includes(`<dt>Request</dt><dd>${requestId.replaceAll('"', '&quot;')}</dd>`),
            `${requestId} on the page`,
          );
          t.equal(text.includes('<dt>Detail</dt>'), detail !== '');
        } else {
          t.equal(JSON.parse(text).requestId, requestId);
          t.equal(JSON.parse(text).detail.endsWith(`(${detail})`), detail !== '');
        }
        t.equal(field({ status: 0, fields, body }, 'content-length'), String(body.length));
      }
    }
  }
});

t.test('what only the operator is told is in no answer', async t => {
  for (const context of [json, html]) {
    const answer = renderRefusal(refuseWithAudit('not-allowed', 'user.deny.users'), context);
    t.notOk(`${answer.body} ${answer.fields}`.includes('user.deny'), 'which list decided is not said');
    t.strictSame(answer, renderRefusal(refuse('not-allowed'), context));
  }
});

t.test('the page escapes what it shows, and its policy allows its own style alone', async t => {
  const sharp = `<img src=x onerror="alert('1')">&`;
  const answer = renderRefusal(refuse('request-ambiguous', sharp), { ...html, requestId: sharp });
  const page = answer.body.toString();
  t.notOk(page.includes('<img'), 'markup is escaped');
  t.ok(page.includes('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;'));
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(page) ?? [];
  const digest = createHash('sha256').update(style).digest('base64');
  t.equal(
    field(answer, 'content-security-policy'),
    `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  t.match(page, /<html lang="en">.*name="viewport".*color-scheme:light dark/s);
});

t.test('where the words name the start page they lead there, and nothing else does', async t => {
  const start = '/jh/?a&b';
  for (const id of ids) {
    const { body } = renderRefusal(refuse(id, 'see the start page'), { ...html, startPage: start });
    const page = body.toString();
    const links = page.match(/<a [^>]*>[^<]*<\/a>/g) ?? [];
    const isNamed = /<main>\n<h1>[^<]*<\/h1>\n<p>[^\n]*start page/.test(page);
    t.strictSame(links, isNamed ? ['<a href="/jh/?a&amp;b">start page</a>'] : [], id);
  }
  const other = renderRefusal(refuse('path-reserved'), { ...html, startPage: 'https://hub.test/' }).body.toString();
  t.ok(other.includes('<a href="https://hub.test/">start page</a>'), 'a reload may lead elsewhere');
  const { body } = renderRefusal(refuse('path-reserved'), { ...json, startPage: start });
  t.notOk(body.toString().includes('/jh/'), 'programs are told where nothing is');
});

t.test('HEAD has the length of GET and no body', async t => {
  for (const context of [json, html]) {
    const get = renderRefusal(refuse('hub-timeout'), context);
    const head = renderRefusal(refuse('hub-timeout'), { ...context, method: 'HEAD' });
    t.equal(head.body.length, 0);
    t.strictSame(head.fields, get.fields);
    t.ok(get.body.length > 0);
  }
});
