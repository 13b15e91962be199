import { once } from 'node:events';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import type { LogConfig } from '../../src/config/config.ts';
import { refuse } from '../../src/gate/reasons.ts';
import { type AuditRecord, auditLevel, auditMembers } from '../../src/observe/audit.ts';
import { openLineFile } from '../../src/observe/line-file.ts';
import { openLog } from '../../src/observe/log.ts';

const record: AuditRecord = {
  ...{ requestId: 'r1', door: 'http', client: '203.0.113.7', peer: '10.0.0.1', method: 'GET', placeClass: 'hub' },
  ...{ user: 'alice', prover: 'jwt[0]', decision: 'forward', refusal: undefined, status: 302, complete: true },
  ...{ bytesUp: 0, bytesDown: 12, durationMs: 1.23456, spoofed: [] },
};
const refused: AuditRecord = {
  ...record,
  ...{ user: undefined, decision: 'refuse', refusal: refuse('token-signature', 'jwt[0]'), status: 401 },
};
const toStdout: LogConfig = { level: 'info', format: 'json', audit: { kind: 'stdout' } };

function collected(stream: PassThrough): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', chunk => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

function streams(): { stdout: PassThrough; stderr: PassThrough; said: () => string; complained: () => string } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  return { stdout, stderr, said: collected(stdout), complained: collected(stderr) };
}

t.test('an audit line is one line of JSON with these members and no others', async t => {
  const io = streams();
  const log = await openLog(toStdout, io);
  log.audit(refused);
  await log.close();
  const line = io.said();
  t.equal(line.indexOf('\n'), line.length - 1, 'one line');
  const { time, ...rest } = JSON.parse(line);
  t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.strictSame(rest, {
    ...{
      level: 'warn',
      log: 'audit',
      requestId: 'r1',
      door: 'http',
      client: '203.0.113.7',
      peer: '10.0.0.1',
      method: 'GET',
      class: 'hub',
    },
    ...{ prover: 'jwt[0]', decision: 'refuse', reason: 'token-signature', detail: 'jwt[0]', status: 401 },
    ...{ bytesIn: 0, bytesOut: 12, durationMs: 1.235 },
  });
});

t.test('what a record has beside its members is not written', async t => {
  const more = { ...record, target: '/hub/login?token=SECRET', cookie: 'SECRET' };
  t.notOk(JSON.stringify(auditMembers(more)).includes('SECRET'));
});

const bounds: readonly (readonly [rule: string, part: Partial<AuditRecord>, member: string, written: unknown])[] = [
  ['a method that is no token is not written', { method: 'GET /?secret' }, 'method', '(not a token)'],
  ['nor one that is very long', { method: 'A'.repeat(33) }, 'method', '(not a token)'],
  ['a long detail is cut', { refusal: refuse('user-invalid', 'x'.repeat(999)) }, 'detail', `${'x'.repeat(256)}…`],
  ['a newline is written as an escape', { refusal: refuse('user-invalid', 'a\nb\r') }, 'detail', 'a\\u000ab\\u000d'],
  ['so is what a terminal obeys', { user: 'a\x1b[2J\x9b1m\u2028\u202e' }, 'user', 'a\\u001b[2J\\u009b1m\\u2028\\u202e'],
  [
    'names are bounded in number and length',
    { spoofed: Array(30).fill('n'.repeat(99)) },
    'spoofed',
    Array(20).fill(`${'n'.repeat(64)}…`),
  ],
];
for (const [rule, part, member, written] of bounds) {
  t.test(`audit: ${rule}`, async t => t.strictSame(auditMembers({ ...record, ...part })[member], written));
}

t.test('the level of an audit line is that of its reason', async t => {
  t.equal(auditLevel(record), 'info');
  t.equal(auditLevel(refused), 'warn');
  t.equal(auditLevel({ refusal: refuse('hub-unreachable') }), 'error');
});

t.test('an answer that broke off, and a client that left before it asked, are told', async t => {
  const gone: AuditRecord = { ...record, method: '', decision: 'none', status: 0, complete: false };
  t.match(auditMembers(gone), { decision: 'none', complete: false, status: 0, method: undefined });
  t.equal(auditMembers(record)['complete'], undefined);
});

t.test('events obey log.level, audit lines do not', async t => {
  const io = streams();
  const log = await openLog({ ...toStdout, level: 'error' }, io);
  log.debug('quiet');
  log.info('quiet');
  log.warn('quiet');
  log.error('key file\nis gone', { file: 'a\nb', tries: 3, problems: ['x\n', 'y'] });
  log.audit(record);
  await log.flush();
  const lines = io
    .said()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  t.match(lines, [
    { level: 'error', msg: 'key file\\u000ais gone', file: 'a\\u000ab', tries: 3, problems: ['x\\u000a', 'y'] },
    { level: 'info', log: 'audit', user: 'alice' },
  ]);
  t.equal(lines.length, 2);
});

t.test('pretty is one line for a person', async t => {
  const io = streams();
  const log = await openLog({ ...toStdout, format: 'pretty' }, io);
  log.warn('reload failed', { problems: ['a', 'b'] });
  log.audit(record);
  log.audit({ ...refused, placeClass: undefined, spoofed: ['remote-user'] });
  await log.close();
  const [event, forwarded, refusal, ...more] = io.said().split('\n');
  t.match(event, /^\d\d:\d\d:\d\d warn {2}reload failed problems=a,b$/);
  t.match(
    forwarded,
    /^\d\d:\d\d:\d\d 302 GET hub forward \(1.235 ms, 0 B in, 12 B out\) client=203.0.113.7 user=alice prover=jwt\[0\]$/,
  );
  t.match(refusal, /^\d\d:\d\d:\d\d 401 GET - refuse token-signature \(.*\) .* detail=jwt\[0\] spoofed=remote-user$/);
  t.strictSame(more, ['']);
});

t.test('an audit file gets the audit lines, all of them, also after a rotation', async t => {
  const file = join(t.testdir({}), 'audit.log');
  const io = streams();
  const log = await openLog({ level: 'info', format: 'pretty', audit: { kind: 'file', file } }, io);
  for (let at = 0; at < 500; at += 1) log.audit({ ...record, requestId: `first-${at}` });
  await log.flush();
  await rename(file, `${file}.1`);
  await log.reopen();
  log.audit({ ...record, requestId: 'second' });
  log.info('started');
  await log.close();
  const old = (await readFile(`${file}.1`, 'utf8')).trimEnd().split('\n');
  t.strictSame(
    old.map(line => JSON.parse(line).requestId),
    Array.from({ length: 500 }, (_, at) => `first-${at}`),
  );
  t.equal(JSON.parse(await readFile(file, 'utf8')).requestId, 'second');
  t.match(io.said(), /^\S+ info {2}started\n$/, 'stdout has the events alone');
  t.equal(io.complained(), '');
});

t.test('an audit file that can not be opened is an error at start', async t => {
  const file = join(t.testdir({}), 'absent', 'audit.log');
  await t.rejects(openLog({ ...toStdout, audit: { kind: 'file', file } }, streams()), { code: 'ENOENT' });
});

t.test('trouble with the file is reported, once a spell, and holds nobody up', async t => {
  const reports: string[] = [];
  const full = await openLineFile('/dev/full', trouble => reports.push(trouble));
  full.write('one\n');
  await full.flush();
  full.write('two\n');
  await full.close();
  t.match(reports, [/can not be written, lines are lost: ENOSPC/]);
  t.equal(reports.length, 1);
});

t.test('a rotation that fails keeps the old file and says so', async t => {
  const folder = t.testdir({ logs: {} });
  const file = join(folder, 'logs', 'audit.log');
  const reports: string[] = [];
  const lines = await openLineFile(file, trouble => reports.push(trouble));
  await rename(join(folder, 'logs'), join(folder, 'moved'));
  await lines.reopen();
  lines.write('kept\n');
  await lines.close();
  t.equal(await readFile(join(folder, 'moved', 'audit.log'), 'utf8'), 'kept\n');
  t.match(reports, [/can not be reopened, the old file is kept: ENOENT/]);
});

t.test('lines beyond what may wait are lost with a report', async t => {
  const reports: string[] = [];
  const file = join(t.testdir({}), 'audit.log');
  const lines = await openLineFile(file, trouble => reports.push(trouble));
  lines.write('first\n');
  lines.write(`${'x'.repeat(17 * 1024 * 1024)}\n`);
  lines.write('last\n');
  await lines.close();
  t.equal(await readFile(file, 'utf8'), 'first\nlast\n');
  t.match(reports, [/too slow, lines are lost/]);
});

t.test('a broken stdout is reported on stderr and ends nothing', async t => {
  const io = streams();
  const log = await openLog(toStdout, io);
  const complaint = once(io.stderr, 'data');
  io.stdout.destroy(new Error('EPIPE'));
  log.audit(record);
  await log.flush();
  await complaint;
  io.stdout.emit('error', new Error('EPIPE'));
  t.equal(io.complained(), 'hubgate: the log can not be written: EPIPE\n', 'once');
});
