/** Non-interference through the decision: no bend of a request outside its proof changes one identity-bearing byte. */
import fc from 'fast-check';
import t from 'tap';
import type { OutboundRequest } from '../../src/gate/stages.ts';
import { fillIn } from '../contract/tokens.ts';
import { forwarded, inboundRequest } from '../contract/world.ts';
import { identityPart, rightPart } from './identity-part.ts';
import { type Interference, interference } from './interference.ts';
import type { Situation } from './situations.ts';

const numRuns = Number(process.env['HUBGATE_PROPERTY_RUNS'] ?? 3000);
const seed = process.env['HUBGATE_PROPERTY_SEED'];

function forwardedFrom(head: readonly string[], { config, peer }: Situation): OutboundRequest | null {
  return forwarded(inboundRequest(head, peer), config);
}

function partOf({ fields }: OutboundRequest, situation: Situation): ReturnType<typeof identityPart> {
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  return identityPart(lines, situation);
}

function pathOf({ target }: OutboundRequest): string {
  return target.replace(/\?.*$/, '');
}

function wanted({ situation, method }: Interference, path: string): ReturnType<typeof identityPart> {
  const { fields, cookies } = rightPart(situation, method, path);
  return { fields: fields.map(fillIn), cookies };
}

t.test('the identity-bearing part is a function of the proof and the policy', async t => {
  let wentOn = 0;
  let compared = 0;
  const property = fc.property(interference, each => {
    const bent = forwardedFrom(each.bent, each.situation);
    if (bent === null) return;
    wentOn += 1;
    const part = JSON.stringify(partOf(bent, each.situation));
    if (part !== JSON.stringify(wanted(each, pathOf(bent)))) throw new Error(`not the gate's own: ${part}`);
    const straight = forwardedFrom(each.straight, each.situation);
    if (straight === null || pathOf(straight) !== pathOf(bent)) return;
    compared += 1;
    if (part !== JSON.stringify(partOf(straight, each.situation))) throw new Error(`not the straight one's: ${part}`);
  });
  const details = fc.check(property, { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) });
  t.comment(`seed ${details.seed}, ${details.numRuns} runs, ${wentOn} went on, ${compared} compared`);
  t.equal(fc.defaultReportMessage(details) ?? 'holds', 'holds');
  t.ok(wentOn > numRuns / 8, `enough bent requests go on: ${wentOn}`);
  t.ok(compared > numRuns / 10, `enough are compared: ${compared}`);
});
