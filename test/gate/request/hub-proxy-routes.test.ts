/** The class of a path, and where the hub's own proxy really sends it: they never differ on what goes on (P1). */
import fc from 'fast-check';
import t from 'tap';
import { asAlice } from '../../contract/rows/lines.ts';
import { forwarded, inboundRequest } from '../../contract/world.ts';
import { hubPaths, hubProxyFault } from './hub-proxy.ts';

t.test('no path goes to a server that the decision did not take it for', async t => {
  let wentOn = 0;
  const property = fc.property(hubPaths, each => {
    const request = forwarded(inboundRequest(asAlice(`GET ${each}`), '127.0.0.1'), 'lab');
    if (request === null) return;
    wentOn += 1;
    const fault = hubProxyFault(request);
    if (fault !== null) throw new Error(fault);
  });
  const details = fc.check(property, { numRuns: 20_000 });
  t.comment(`seed ${details.seed}, ${wentOn} went on`);
  t.equal(fc.defaultReportMessage(details) ?? 'holds', 'holds');
  t.ok(wentOn > 1000, `enough paths go on: ${wentOn}`);
});
