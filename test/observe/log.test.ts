/** The log as a whole, in this process: what is said where. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { openLog } from '../../src/observe/log.ts';
import { linesOf, record, refused, streams, toFile, toStdout } from './records.ts';

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

t.test('an audit line says when', async t => {
  const io = streams();
  const before = Date.now();
  const log = await openLog(toStdout, io);
  log.audit(refused);
  await log.close();
  const [line, ...more] = linesOf(io.said());
  t.match(line, { time: isoTime, level: 'warn', log: 'audit', reason: 'token-signature' });
  const at = Date.parse(String(line?.['time']));
  t.ok(at >= before && at <= Date.now());
  t.strictSame(more, []);
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
    /^\d\d:\d\d:\d\d 302 GET hub forward \(1.235 ms, 0 B in, 12 B out\) client=203.0.113.7 user=alice prover=jwt\[0\] carrier=cookie$/,
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

t.test('a rotation loses and splits no line', async t => {
  const file = join(t.testdir({}), 'audit.log');
  const io = streams();
  const log = await openLog(toFile(file), io);
  const [rounds, linesPerTurn, turns] = [5, 100, 30];
  let next = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < turns; at += 1) {
      for (let line = 0; line < linesPerTurn; line += 1, next += 1) log.audit({ ...record, bytesUp: next });
      await turn();
      if (at === turns / 2) await rename(file, `${file}.${round}`).then(() => void log.reopen());
    }
  }
  await log.close();
  const files = [...Array.from({ length: rounds }, (_, round) => `${file}.${round}`), file];
  const seen = (await Promise.all(files.map(async name => linesOf(await readFile(name, 'utf8'))))).flat();
  t.strictSame(
    seen.map(line => line['bytesIn']),
    Array.from({ length: rounds * linesPerTurn * turns }, (_, at) => at),
  );
  t.equal(io.said() + io.complained(), '');
});

t.test('a full disk is told once a spell, and stops nobody', async t => {
  const io = streams();
  const log = await openLog(toFile('/dev/full'), io);
  log.audit(record);
  await log.flush();
  log.audit(record);
  await log.flush();
  log.info('still here');
  await log.close();
  t.match(linesOf(io.said()), [
    { level: 'error', msg: 'the audit trail is in trouble', file: '/dev/full', fault: /^can not be written: ENOSPC/ },
    { level: 'info', msg: 'still here' },
    { level: 'error', msg: 'the audit trail has lost lines', file: '/dev/full', lostLines: 2 },
  ]);
  t.equal(linesOf(io.said()).length, 3);
  t.equal(io.complained(), '');
});

t.test('what a full disk did not take is in the file that comes after it', async t => {
  const folder = t.testdir({});
  const file = join(folder, 'audit.log');
  await symlink('/dev/full', file);
  const io = streams();
  const log = await openLog(toFile(file), io);
  for (const requestId of ['a', 'b', 'c']) log.audit({ ...record, requestId });
  await log.flush();
  await unlink(file);
  await log.reopen();
  await log.close();
  t.match(linesOf(await readFile(file, 'utf8')), [{ requestId: 'a' }, { requestId: 'b' }, { requestId: 'c' }]);
  const last = linesOf(io.said()).at(-1);
  t.match(last, { level: 'warn', msg: 'the audit trail is written again', file, lostLines: 0 });
});

t.test('a reader of a named pipe that comes back gets the lines again', async t => {
  const file = join(t.testdir({}), 'audit.pipe');
  execFileSync('mkfifo', [file]);
  const reads = async (lines: number): Promise<string> => {
    const reader = spawn('head', ['-n', String(lines), file]);
    t.teardown(() => reader.kill());
    const [said] = await Promise.all([text(reader.stdout), once(reader, 'close')]);
    return said;
  };
  const io = streams();
  const first = reads(1);
  const log = await openLog(toFile(file), io);
  log.audit({ ...record, requestId: 'a' });
  t.match(linesOf(await first), [{ requestId: 'a' }]);
  log.audit({ ...record, requestId: 'b' });
  await log.flush();
  t.match(linesOf(io.said()), [{ msg: 'the audit trail is in trouble', fault: /EPIPE/ }]);
  const second = reads(2);
  log.audit({ ...record, requestId: 'c' });
  t.match(linesOf(await second), [{ requestId: 'b' }, { requestId: 'c' }]);
  await log.close();
});

t.test(
  'opened anew, a named pipe without a reader is waited for by nobody, and one with a reader gets the lines',
  async t => {
    const file = join(t.testdir({}), 'audit.pipe');
    execFileSync('mkfifo', [file]);
    const io = streams();
    const reader = spawn('head', ['-n', '1', file]);
    t.teardown(() => reader.kill());
    const log = await openLog(toFile(file), io);
    await log.reopen();
    log.audit({ ...record, requestId: 'a' });
    const [said] = await Promise.all([text(reader.stdout), once(reader, 'close')]);
    t.match(linesOf(said), [{ requestId: 'a' }]);
    await log.reopen();
    await log.flush();
    const msg = 'the audit file can not be opened anew, the old one is kept';
    t.match(linesOf(io.said()), [{ level: 'error', msg, file, fault: /ENXIO/ }]);
    await log.close();
  },
);

t.test('a rotation that fails keeps the old file and says so', async t => {
  const folder = t.testdir({ logs: {} });
  const file = join(folder, 'logs', 'audit.log');
  const io = streams();
  const log = await openLog(toFile(file), io);
  await rename(join(folder, 'logs'), join(folder, 'moved'));
  await log.reopen();
  log.audit(record);
  await log.close();
  t.equal(linesOf(await readFile(join(folder, 'moved', 'audit.log'), 'utf8')).length, 1);
  const msg = 'the audit file can not be opened anew, the old one is kept';
  t.match(linesOf(io.said()), [{ level: 'error', msg, file, fault: /ENOENT/ }]);
});

t.test('a broken stdout is reported on stderr and ends nothing', async t => {
  const io = streams();
  const log = await openLog(toStdout, io);
  const complaint = once(io.stderr, 'data');
  io.stdout.destroy(new Error('EPIPE'));
  log.audit(record);
  await log.flush();
  await complaint;
  log.audit(record);
  io.stderr.emit('error', new Error('stderr is gone as well'));
  await log.close();
  t.match(io.complained(), /^hubgate: the log can not be written: [^\n]+\nhubgate: the log has lost 2 lines\n$/);
});
