/** Plays the contract through the decision and through the answer's filter: every row, byte for byte. */
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Finding, Lookup } from '../../src/gate/lookups.ts';
import { type ReasonId, reasons } from '../../src/gate/reasons.ts';
import type { Decision } from '../../src/gate/stages.ts';
import { filterAnswer } from '../../src/hub/answers.ts';
import { withExpiries } from '../../src/hub/stale-cookies.ts';
import type { AnswerRow, RequestRow } from './row.ts';
import { requestFamilies } from './rows/all.ts';
import { answerRows } from './rows/answers.ts';
import { alice, host } from './rows/lines.ts';
import { contractNow } from './tokens.ts';
import { bodyOf, expectedLines, fieldLine, findingFor, forwarded, inboundRequest, policyOf } from './world.ts';

function decided(row: RequestRow): Exclude<Decision, Lookup> {
  const request = inboundRequest(row.head, row.peer ?? '127.0.0.1', row.source);
  const findings = new Map<string, Finding>();
  for (let round = 0; round < 8; round += 1) {
    const decision = decide(request, policyOf(row.config ?? 'lab'), { now: contractNow, findings });
    if (decision.kind !== 'lookup') return decision;
    findings.set(decision.key, findingFor(decision, bodyOf(row)));
  }
  throw new Error('the decision asks in circles');
}

/** A decision in the words of a row. */
function outcome(row: RequestRow): { expect: RequestRow['expect']; spoofed: readonly string[] } {
  const decision = decided(row);
  const { spoofed } = decision.trail;
  if (decision.kind === 'refuse') {
    const { reason } = decision.refusal;
    return { expect: { refuse: reason, status: reasons[reason].status }, spoofed };
  }
  if (decision.kind === 'answer') return { expect: { answer: decision.call.call }, spoofed };
  const { method, target, fields, protocol, body } = decision.request;
  const forward = [`${method} ${target}`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  return {
    expect: { forward, ...(protocol === 'websocket' ? { protocol } : {}), ...(body === 'none' ? {} : { body }) },
    spoofed,
  };
}

function wanted({ expect }: RequestRow): RequestRow['expect'] {
  return 'forward' in expect ? { ...expect, forward: expectedLines(expect.forward) } : expect;
}

for (const [family, rows] of Object.entries(requestFamilies)) {
  t.test(family, async t => {
    for (const row of rows.filter(each => each.wireAnswers === undefined)) {
      const { expect, spoofed } = outcome(row);
      t.same(expect, wanted(row), row.title);
      if (row.spoofed !== undefined) t.same([...spoofed].sort(), [...row.spoofed].sort(), `counts: ${row.title}`);
    }
  });
}

function answered(row: AnswerRow): string[] {
  const config = row.config ?? 'lab';
  const head = [`GET ${row.target} HTTP/1.1`, host, ...(row.fields ?? [alice])];
  const request = forwarded(inboundRequest(head, '127.0.0.1'), config);
  if (request === null) return ['the request does not go on'];
  const policy = policyOf(config);
  const fields = filterAnswer(row.answer.map(fieldLine), request, policy);
  return withExpiries(fields, request.stale, request.place, policy).map(([name, value]) => `${name}: ${value}`);
}

t.test('answers', async t => {
  for (const row of answerRows) t.same(answered(row), row.expect, row.title);
});

/** Reasons that no request alone can bring about, and whose they are. */
const elsewhere: ReadonlyMap<ReasonId, string> = new Map([
  ['proxy-header-invalid', "the wire's, before there is a request"],
  ['token-type', 'no config of the contract asks for a typ; the prover has its own test'],
  ['exchange-failed', "the hub's: whoever mints has a test"],
  ['token-replayed', "the door's, which remembers; test/doors/session"],
  ['handoff-too-many', "the door's, which remembers; test/doors/session"],
  ['sign-in-loop', "the door's, which counts; test/doors/session"],
  ['session-too-large', "the door's, which seals; test/doors/session"],
  ['logged-out', "the door's, of WebSockets"],
  ['too-many-connections', "the door's"],
  ['too-many-from-address', "the door's"],
  ['too-many-requests', "the door's"],
  ['too-many-websockets', "the door's"],
  ['websocket-unanswered', "the door's, of a WebSocket that is open"],
  ['delivery-failed', "the door's"],
  ['assertion-expired', "the door's, of a WebSocket that is open"],
  ['session-awaited', "the door's, in the place of another"],
  ['session-expired', "the door's, of a WebSocket that is open"],
  ['request-timeout', "the door's"],
  ['hub-answer-invalid', "the door's"],
  ['hub-timeout', "the door's"],
  ['internal-error', "the door's"],
]);

t.test('every reason of the table has a row here, or a home elsewhere', async t => {
  const rows = Object.values(requestFamilies).flat();
  const seen = new Set<string>(rows.flatMap(({ expect }) => ('refuse' in expect ? [expect.refuse] : [])));
  for (const reason of Object.keys(reasons) as ReasonId[]) t.not(seen.has(reason), elsewhere.has(reason), reason);
});

t.test('titles name one row each', async t => {
  const titles = [...Object.values(requestFamilies).flat(), ...answerRows].map(({ title }) => title);
  t.same(
    titles.filter((title, at) => titles.indexOf(title) !== at),
    [],
  );
});
