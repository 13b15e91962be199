/** The audit line, byte for byte. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { checkoutRoot } from '../../scripts/checkout.ts';
import { type ReasonId, reasons, refuse, refuseWithAudit } from '../../src/gate/reasons.ts';
import { visibleText } from '../../src/http/visible-text.ts';
import { type AuditRecord, auditLevel, auditLine } from '../../src/observe/audit.ts';
import { record, refused } from './records.ts';

const time = '2026-11-01T10:00:00.000Z';

function members(of: AuditRecord): Record<string, unknown> {
  return JSON.parse(auditLine(of, time));
}

t.test('a forwarded request is this line', async t => {
  t.equal(
    auditLine(record, time),
    '{"level":"info","time":"2026-11-01T10:00:00.000Z","log":"audit","requestId":"r1","door":"http",' +
      '"client":"203.0.113.7","peer":"10.0.0.1","method":"GET","class":"hub","user":"alice","prover":"jwt[0]","carrier":"cookie",' +
      '"decision":"forward","status":302,"bytesIn":0,"bytesOut":12,"durationMs":1.235}\n',
  );
});

t.test('a refused one is this line', async t => {
  const door = 'websocket';
  t.equal(
    auditLine({ ...refused, door, placeClass: undefined, complete: false, spoofed: ['remote-user', 'mount'] }, time),
    '{"level":"warn","time":"2026-11-01T10:00:00.000Z","log":"audit","requestId":"r1","door":"websocket",' +
      '"client":"203.0.113.7","peer":"10.0.0.1","method":"GET","prover":"jwt[0]","carrier":"cookie","decision":"refuse",' +
      '"reason":"token-signature","detail":"jwt[0]","status":401,"complete":false,"bytesIn":0,"bytesOut":12,' +
      '"durationMs":1.235,"spoofed":["remote-user","mount"]}\n',
  );
});

t.test('what a record has beside its members is not written', async t => {
  const more = { ...record, target: '/hub/login?token=SECRET', cookie: 'SECRET' };
  t.equal(auditLine(more, time), auditLine(record, time));
});

t.test('docs/audit.md tells of each member, and of no other', async t => {
  const page = readFileSync(join(checkoutRoot, 'docs', 'audit.md'), 'utf8');
  const told = Array.from(page.matchAll(/^\| `(\w+)` +\|/gm), ([, name]) => name);
  const written = { ...members(refused), ...members({ ...record, complete: false, spoofed: ['mount'] }) };
  t.strictSame(
    told.toSorted(),
    Object.keys(written)
      .filter(name => name !== 'log')
      .toSorted(),
  );
});

const bounds: readonly (readonly [rule: string, part: Partial<AuditRecord>, member: string, written: unknown])[] = [
  ['a method that is no token is not written', { method: 'GET /?secret' }, 'method', '(not a token)'],
  ['nor one that is very long', { method: 'A'.repeat(33) }, 'method', '(not a token)'],
  ['no method is left out', { method: '' }, 'method', undefined],
  ['a long detail is cut', { refusal: refuse('user-invalid', 'x'.repeat(999)) }, 'detail', `${'x'.repeat(256)}…`],
  [
    'what the client is not told stands here',
    { refusal: refuseWithAudit('not-allowed', 'user.allow') },
    'detail',
    'user.allow',
  ],
  ['a newline is written as an escape', { refusal: refuse('user-invalid', 'a\nb\r') }, 'detail', 'a\\u000ab\\u000d'],
  ['so is what a terminal obeys', { user: 'a\x1b[2J\x9b1m\u2028\u202e' }, 'user', 'a\\u001b[2J\\u009b1m\\u2028\\u202e'],
  [
    'and what nobody sees, which makes one name look like another',
    { user: 'a\u200b\u00ad\ufeff\u{e0041}\u3164\ufe0f\ue000b' },
    'user',
    'a\\u200b\\u00ad\\ufeff\\udb40\\udc41\\u3164\\ufe0f\\ue000b',
  ],
  ['half a character is written as one', { user: 'a\ud800b' }, 'user', 'a\\ud800b'],
  ['letters and marks stay', { user: 'Łucja e\u0301 😀 שלום 木' }, 'user', 'Łucja e\u0301 😀 שלום 木'],
  ['no proof, no carrier', { prover: undefined, carrier: undefined }, 'carrier', undefined],
  ['an empty user is left out', { user: '' }, 'user', undefined],
  [
    'names are bounded in number and length',
    { spoofed: Array(30).fill('n'.repeat(99)) },
    'spoofed',
    Array(20).fill(`${'n'.repeat(64)}…`),
  ],
];
for (const [rule, part, member, written] of bounds) {
  t.test(`audit: ${rule}`, async t => t.strictSame(members({ ...record, ...part })[member], written));
}

t.test('the level of an audit line is that of its reason', async t => {
  t.equal(auditLevel(record), 'info');
  t.equal(auditLevel(refused), 'warn');
  t.equal(auditLevel({ refusal: refuse('hub-unreachable') }), 'error');
});

t.test('an answer that broke off, and a client that left before it asked, are told', async t => {
  const gone = members({ ...record, method: '', decision: 'none', status: 0, complete: false });
  t.match(gone, { decision: 'none', complete: false, status: 0, method: undefined });
  t.equal(members(record)['complete'], undefined);
});

/** Code units of every kind, lone surrogates too. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii', maxLength: 300 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map(units => String.fromCharCode(...units)),
);
const size = fc.nat(Number.MAX_SAFE_INTEGER);
const anyRecord: fc.Arbitrary<AuditRecord> = fc.record({
  ...{
    requestId: fc.uuid(),
    door: fc.constantFrom('http', 'websocket'),
    client: fc.option(anyText, { nil: undefined }),
  },
  ...{ peer: anyText, method: fc.oneof(fc.constantFrom('GET', 'POST'), anyText) },
  ...{ placeClass: fc.option(anyText, { nil: undefined }), user: fc.option(anyText, { nil: undefined }) },
  ...{ prover: fc.option(anyText, { nil: undefined }), carrier: fc.option(anyText, { nil: undefined }) },
  ...{ decision: fc.constantFrom('forward', 'refuse', 'none') },
  refusal: fc.option(
    fc
      .tuple(fc.constantFrom(...(Object.keys(reasons) as ReasonId[])), anyText)
      .map(([id, detail]) => refuse(id, detail)),
    { nil: undefined },
  ),
  ...{ status: fc.nat(599), complete: fc.boolean(), bytesUp: size, bytesDown: size },
  ...{ durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }), spoofed: fc.array(anyText, { maxLength: 30 }) },
});

/** What the line should say, by the record alone. */
function expected(of: AuditRecord): Record<string, unknown> {
  const text = (value: string | undefined): string | undefined => visibleText(value ?? '', 256) || undefined;
  const isToken = /^[\w!#$%&'*+.^`|~-]{0,32}$/.test(of.method);
  const said = {
    ...{ level: auditLevel(of), time, log: 'audit', requestId: of.requestId, door: of.door, client: text(of.client) },
    ...{ peer: text(of.peer), method: isToken ? of.method || undefined : '(not a token)', class: text(of.placeClass) },
    ...{
      user: text(of.user),
      prover: text(of.prover),
      carrier: text(of.carrier),
      decision: of.decision,
      reason: of.refusal?.reason,
    },
    ...{ detail: text(of.refusal?.detail), status: of.status, complete: of.complete ? undefined : false },
    ...{ bytesIn: of.bytesUp, bytesOut: of.bytesDown, durationMs: Math.round(of.durationMs * 1000) / 1000 },
    spoofed: of.spoofed.length === 0 ? undefined : of.spoofed.slice(0, 20).map(name => visibleText(name, 64)),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

t.test('whatever a record holds, its line is one line that gives it back', async t => {
  fc.assert(
    fc.property(anyRecord, of => {
      const line = auditLine(of, time);
      t.strictSame(Object.entries(JSON.parse(line)), Object.entries(expected(of)));
      t.equal(Buffer.from(line).toString(), line, 'it is UTF-8');
      t.match(line, /^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+\n$/u, 'and nothing in it is obeyed');
      return t.passing();
    }),
    { numRuns: 500 },
  );
});
