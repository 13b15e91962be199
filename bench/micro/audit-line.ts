/** `node bench/micro/audit-line.ts`: what one audit line costs, beside JSON.stringify of the same record in the same process. */
import { randomUUID } from 'node:crypto';
import { type AuditRecord, auditLine } from '../../src/observe/audit.ts';
import { openLog } from '../../src/observe/log.ts';

const rounds = 7;
const turns = 100;
const linesPerTurn = 1000;

const records: readonly AuditRecord[] = Array.from({ length: linesPerTurn }, (_, at) => ({
  ...{ requestId: randomUUID(), door: 'http', client: `203.0.113.${at % 256}`, peer: '10.0.0.1', method: 'GET' },
  ...{ placeClass: 'user', user: `user-${at}`, prover: 'jwt', carrier: 'cookie', decision: 'forward' },
  ...{ refusal: undefined, status: 200 },
  ...{ complete: true, bytesUp: 0, bytesDown: 1024 + at, durationMs: 0.3 + at / 997, spoofed: [] },
}));

const log = await openLog({ level: 'info', format: 'json', audit: { kind: 'file', file: '/dev/null' } }, process);
const time = new Date().toISOString();
/** Kept, so that no work can be optimised away. */
let length = 0;

const yardstick = (record: AuditRecord): void => {
  length += JSON.stringify(record).length;
};
const subjects: readonly (readonly [name: string, work: (record: AuditRecord) => void])[] = [
  [
    'the line alone',
    record => {
      length += auditLine(record, time).length;
    },
  ],
  ['the line, batched and written to /dev/null', record => log.audit(record)],
];

/** CPU of the whole process, so of the threads that write too, in ns a line. */
async function costOf(work: (record: AuditRecord) => void): Promise<number> {
  const before = process.cpuUsage();
  for (let turn = 0; turn < turns; turn += 1) {
    for (const record of records) work(record);
    // Or lines come faster than any gate makes them, and are lost.
    await log.flush();
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (turns * linesPerTurn);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

for (const [name, work] of subjects) {
  const seen: { cost: number; ratio: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const cost = await costOf(work);
    seen.push({ cost, ratio: cost / (await costOf(yardstick)) });
  }
  const [, ...warm] = seen;
  const ratio = median(warm.map(round => round.ratio)).toFixed(2);
  const cost = median(warm.map(round => round.cost)).toFixed(0);
  process.stdout.write(`${name}: ${ratio} × JSON.stringify of the record (${cost} ns)\n`);
}
await log.close();
if (length === 0) throw new Error('nothing was measured');
