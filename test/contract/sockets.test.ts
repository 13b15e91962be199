/** Plays the contract through real sockets: the row's very bytes in, the very bytes at the hub, or a refusal and nothing there. */
import t from 'tap';
import { type ReasonId, reasons } from '../../src/gate/reasons.ts';
import { valuesOf } from '../../src/http/field.ts';
import { auditLine } from '../../src/observe/audit.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { openCapturingHub } from './capturing-hub.ts';
import { type ConfigName, configTexts } from './configs.ts';
import type { RequestRow } from './row.ts';
import { requestFamilies } from './rows/all.ts';
import { answerRows } from './rows/answers.ts';
import { alice, host } from './rows/lines.ts';
import { decidedHead, payloadIn, reasonIn } from './seen.ts';
import { exchange, openSocketGate, type SocketGate } from './socket-world.ts';
import { fillIn, secrets } from './tokens.ts';
import { expectedLines } from './world.ts';

const hub = await openCapturingHub();
const gates = new Map<ConfigName, SocketGate>();
const trail: string[] = [];
for (const name of Object.keys(configTexts) as ConfigName[]) {
  gates.set(name, await openSocketGate(name, hub.port, record => void trail.push(auditLine(record, ''))));
}

t.teardown(async () => {
  for (const gate of gates.values()) await gate.close();
  await hub.close();
});

/** Answers of the gate's own are played with their sessions, in test/doors/session. */
const isPlayed = ({ onlyDecide, expect }: RequestRow): boolean => onlyDecide === undefined && !('answer' in expect);

function play(config: ConfigName, peer: string, head: readonly string[], content: string): Promise<RawResponse | null> {
  return exchange(gates.get(config)?.port ?? 0, peer, `${head.map(fillIn).join('\r\n')}\r\n\r\n${content}`);
}

/** A refusal: its status and reason, not one byte at the hub, and no further request where the next one's start is in doubt. */
async function playRefusal(row: RequestRow, refuse: ReasonId, status: number): Promise<[got: object, wanted: object]> {
  const response = await play(row.config ?? 'lab', row.peer ?? '127.0.0.1', row.head, row.content ?? '');
  const got = { status: response?.status, reason: reasonIn(response), atHub: hub.take() };
  const wanted = { status: row.wireAnswers ?? status, reason: refuse, atHub: [] };
  if (!('closes' in reasons[refuse])) return [got, wanted];
  const closes = valuesOf(response?.fields ?? [], 'connection').includes('close');
  return [
    { ...got, closes },
    { ...wanted, closes: true },
  ];
}

/** The payload that a row sends, without its trailers. */
function sentPayload({ head, content = '' }: RequestRow): string {
  return payloadIn(head, content.replace(/\r\n0\r\n.+\r\n\r\n$/s, '\r\n0\r\n\r\n'));
}

/** A request that goes on: one, whole, with these lines and no others. */
async function playForward(
  row: RequestRow,
  expect: Extract<RequestRow['expect'], { forward: unknown }>,
): Promise<[got: object, wanted: object]> {
  const isSocket = expect.protocol === 'websocket';
  const status = isSocket ? 403 : 200;
  hub.answerWith(`HTTP/1.1 ${status} Fine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  const response = await play(row.config ?? 'lab', row.peer ?? '127.0.0.1', row.head, row.content ?? '');
  const captured = hub.take();
  const got = captured.map(each => ({
    head: decidedHead(each, isSocket, expect.body ?? 'measure'),
    payload: payloadIn(each.head, each.content),
  }));
  const [requestLine = '', ...fields] = expectedLines(expect.forward);
  const wanted = { head: [`${requestLine} HTTP/1.1`, ...fields], payload: sentPayload(row) };
  return [
    { status: response?.status, got },
    { status, got: [wanted] },
  ];
}

for (const [family, rows] of Object.entries(requestFamilies)) {
  t.test(family, async t => {
    for (const row of rows.filter(isPlayed)) {
      const { expect } = row;
      if ('answer' in expect) continue;
      const [got, wanted] =
        'refuse' in expect ? await playRefusal(row, expect.refuse, expect.status) : await playForward(row, expect);
      t.same(got, wanted, row.title);
    }
  });
}

const doorNames: ReadonlySet<string> = new Set(['Content-Length', 'Connection', 'Keep-Alive']);

t.test('answers', async t => {
  for (const row of answerRows) {
    hub.answerWith(`HTTP/1.1 200 OK\r\n${row.answer.join('\r\n')}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    const response = await play(
      row.config ?? 'lab',
      '127.0.0.1',
      [`GET ${row.target} HTTP/1.1`, host, ...(row.fields ?? [alice])],
      '',
    );
    const fields = (response?.fields ?? []).filter(([name]) => !doorNames.has(name));
    t.equal(hub.take().length, 1, `one request: ${row.title}`);
    t.same(
      fields.map(([name, value]) => `${name}: ${value}`),
      row.expect,
      row.title,
    );
  }
});

t.test('one audit line a request, and no credential in any', async t => {
  const played = Object.values(requestFamilies).flat().filter(isPlayed).length;
  t.equal(trail.length, played + answerRows.length);
  assertNothingLeaked(t, trail.join('\n'), secrets);
});
