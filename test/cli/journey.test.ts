/** What is told of a request is what was decided: every row of the contract, through the stages and through the decision. */
import { test } from 'tap';
import { placesWith } from '../../src/cli/explain/facts/told.ts';
import { type Journey, travel } from '../../src/cli/explain/journey.ts';
import { reportOf, reportText } from '../../src/cli/explain/report.ts';
import type { InForce } from '../../src/doors/judge.ts';
import type { ConfigName } from '../contract/configs.ts';
import { requestFamilies } from '../contract/rows/all.ts';
import { contractNow, secrets } from '../contract/tokens.ts';
import { bodyOf, configOf, findingFor, inboundRequest, policyOf } from '../contract/world.ts';

const places = placesWith(() => 'proxy.yaml:1:1');

/** Credentials that stand in what is told. */
function leaksIn(journey: Journey, name: ConfigName): string[] {
  const told = { journey, config: configOf(name), now: contractNow, keys: [], placeOf: places };
  const text = reportText(reportOf(told, { kind: 'none' }, false));
  return secrets.filter(secret => secret.length >= 8 && text.includes(secret));
}

for (const [family, rows] of Object.entries(requestFamilies)) {
  test(family, async t => {
    for (const row of rows.filter(each => each.wireAnswers === undefined)) {
      const request = inboundRequest(row.head, row.peer ?? '127.0.0.1', row.source);
      const inForce: InForce = { policy: policyOf(row.config ?? 'lab'), findOut: async lookup => findingFor(lookup) };
      const journey = await travel(request, inForce, contractNow, bodyOf(row));
      const { settled, passage } = journey;
      t.same(leaksIn(journey, row.config ?? 'lab'), [], `no secret is told: ${row.title}`);
      if ('refuse' in row.expect) {
        t.match(passage.stopped, { by: { reason: row.expect.refuse } }, row.title);
        t.equal(passage.outbound, undefined);
      } else {
        t.equal(passage.stopped, undefined, row.title);
        t.equal(settled.kind, 'answer' in row.expect ? 'answer' : 'forward');
      }
    }
  });
}

test('stages that tell something else than was decided are a bug, and no telling', async t => {
  const [row] = Object.values(requestFamilies).flat();
  if (row === undefined) throw new Error('no rows');
  let asked = 0;
  const sound = policyOf('lab');
  // A prover that changes its mind stands for stages that have changed without their telling.
  const wavering = {
    name: 'wavering',
    prove: () => {
      asked += 1;
      return { kind: 'refuse', reason: 'token-malformed', detail: String(asked) } as const;
    },
  };
  const inForce: InForce = { policy: { ...sound, provers: [wavering] }, findOut: async lookup => findingFor(lookup) };
  const request = inboundRequest(['GET /hub/home HTTP/1.1', 'Host: hub.example'], '127.0.0.1');
  await t.rejects(travel(request, inForce, contractNow), /told something else than what the gate decided/);
  t.equal(asked, 2);
});
