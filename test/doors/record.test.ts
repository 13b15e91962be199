/** What is handed over of a request, and when. */
import { test } from 'tap';
import { openRecord } from '../../src/doors/record.ts';
import { refuse } from '../../src/gate/reasons.ts';
import type { AuditRecord } from '../../src/observe/audit.ts';

const opening = { requestId: 'r1', door: 'http', method: 'PUT', peer: { kind: 'unix' } } as const;

test('a record is handed over once, as it stood then', async t => {
  const records: AuditRecord[] = [];
  const record = openRecord(opening, settled => records.push(settled));
  record.trail = {
    client: '203.0.113.7',
    placeClass: 'hub',
    user: 'alice',
    prover: 'jwt[0]',
    carrier: 'authorization',
    spoofed: ['mount'],
  };
  const refusal = refuse('hub-unreachable');
  Object.assign(record, { decision: 'forward', refusal, status: 502, complete: true, bytesUp: 1, bytesDown: 2 });
  record.settle();
  record.bytesDown = 3;
  record.settle();
  const [{ durationMs, ...rest } = { durationMs: -1 }, ...more] = records;
  t.ok(durationMs >= 0 && durationMs < 60_000);
  t.strictSame(rest, {
    ...{ requestId: 'r1', door: 'http', client: '203.0.113.7', peer: 'unix', method: 'PUT', placeClass: 'hub' },
    ...{
      user: 'alice',
      prover: 'jwt[0]',
      carrier: 'authorization',
      decision: 'forward',
      refusal,
      status: 502,
      complete: true,
    },
    ...{ bytesUp: 1, bytesDown: 2, spoofed: ['mount'] },
  });
  t.strictSame(more, []);
});

test('a request of which nothing became known has a record as well', async t => {
  const records: AuditRecord[] = [];
  openRecord(opening, settled => records.push(settled)).settle();
  t.match(records, [{ requestId: 'r1', decision: 'none', status: 0, complete: false, user: undefined, spoofed: [] }]);
});
