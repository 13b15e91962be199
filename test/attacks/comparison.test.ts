/** The comparison with other proxies says what it sees; played against nginx, which the tests need anyway. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { killAllPrograms } from '../../bench/machine/programs.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { asAlice } from '../contract/rows/lines.ts';
import type { AnswerSpelling, AttackRow, RequestSpelling } from './attack.ts';
import { comparisonReport, startGate, startPeer } from './peers/comparison.ts';
import { nginx } from './peers/nginx.ts';
import { answerObservation, requestObservation } from './peers/observation.ts';

process.once('exit', killAllPrograms);

function spelling(line: string, ...lines: readonly string[]): RequestSpelling {
  return { name: '', head: asAlice(line, ...lines), expect: { refused: 'request-ambiguous' } };
}

function answer(status: number, ...fields: readonly (readonly [string, string])[]): RawResponse {
  const body = Buffer.alloc(0);
  return { status, reason: '', fields, body, raw: body, complete: true, closed: false };
}

const arrived = (...head: readonly string[]): { head: readonly string[]; content: string } => ({ head, content: '' });

t.test('says of a request who arrived, and what of it as sent', async t => {
  const attack = spelling('GET /x', 'REMOTE_USER: root', 'X-Any: a');
  const rows: readonly (readonly [seen: string, captured: ReturnType<typeof arrived>[]])[] = [
    ['alice', [arrived('GET /x HTTP/1.1', 'Host: hub.example', 'remote-user: alice')]],
    ['nobody, another target', [arrived('GET /y HTTP/1.1')]],
    ['alice + root', [arrived('GET /x HTTP/1.1', 'Remote-User: alice', 'Remote-User: root')]],
    ['alice + another name, lines as sent', [arrived('GET /x HTTP/1.1', 'Remote-User: alice', 'REMOTE_USER: root')]],
    ['cookie', [arrived('GET /x HTTP/1.1', 'Cookie: a=b; username=root')]],
    ['nobody, lines as sent, 2 requests', [arrived('GET /x HTTP/1.1', 'X-Any: a'), arrived('GET /x HTTP/1.1')]],
    ['nobody, trailers', [{ ...arrived('GET /x HTTP/1.1'), content: '1\r\na\r\n0\r\nRemote-User: root\r\n\r\n' }]],
    ['nobody, half a request', [arrived()]],
  ];
  for (const [seen, captured] of rows) t.equal(requestObservation(attack, [answer(200)], captured), seen);
  t.equal(requestObservation(attack, [answer(400)], []), 'refused 400');
  t.equal(requestObservation(attack, [], []), 'closed without a word');
  t.equal(requestObservation(attack, 'nothing in time', []), 'nothing in time');
});

t.test('says of an answer whether the client saw it', async t => {
  const lines: AnswerSpelling = { name: '', target: '/', answer: ['Content-Type: a', 'X-Sendfile: b'], seen: [] };
  t.equal(answerObservation(lines, [answer(200, ['x-sendfile', 'b'])]), 'seen by the client');
  t.equal(answerObservation(lines, [answer(200, ['X-Sendfile', 'c'])]), 'seen otherwise');
  t.equal(answerObservation(lines, [answer(200)]), 'dropped');
  t.equal(answerObservation({ ...lines, answer: 'HTTP/1.1 600 Odd' }, [answer(502)]), 'status 502');
});

t.test('plays a row against nginx and against the gate', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgate-attacks-'));
  const rows: readonly AttackRow[] = [
    { id: 'H1', spellings: [spelling('GET /hub/login', 'Remote-User: root')] },
    { id: 'P2', spellings: [spelling('GET /hub/login#x')] },
    { id: 'R3', spellings: [{ name: '', target: '/user/alice/', answer: ['X-Sendfile: /x'], seen: [] }] },
    { id: 'S5', spellings: [{ name: '', config: '', problemAt: 'x' }] },
  ];
  const opponents = [await startGate(), await startPeer(nginx, folder)];
  t.teardown(async () => {
    for (const opponent of opponents) await opponent.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const observed = [];
  for (const opponent of opponents) observed.push(await opponent.observe(rows));
  const catalogue = rows.map(({ id }) => ({ id, title: `the row ${id}`, behaviour: '' }));
  const report = comparisonReport(observed, catalogue);
  t.match(report, 'H1  the row H1\n     hubgate  1 × alice\n     nginx    1 × alice\n');
  t.match(report, '     hubgate  1 × refused 400\n     nginx    1 × alice');
  t.match(report, '     hubgate  1 × dropped\n     nginx    1 × seen by the client\n');
  t.notMatch(report, 'S5');
});
