/** Whether a DPoP proof is signed by the key that it brings, and counts once, whatever floods there are (RFC 9449 §11.1). */

import t from 'tap';
import type { DpopProofLookup, Finding } from '../../../src/gate/lookups.ts';
import { ShownProofs } from '../../../src/identity/holders/shown-proofs.ts';
import { clockBy } from '../../clock/settable-clock.ts';
import { encodePart, makeKey, type TokenAlgorithm } from '../token-maker.ts';
import { makeProof, proofJwk, resourceProof } from './proof-maker.ts';

const now = 1_800_000_000_000;
const key = makeKey('ES256');
const wish = { token: 'a.b.c', url: 'https://hub.example/hub/login', at: now / 1000 } as const;
const holds: Finding = { what: 'dpop-proof' };

function lookupOf(proof: string, more: Partial<DpopProofLookup> = {}): DpopProofLookup {
  const own = { kind: 'lookup', what: 'dpop-proof', key: `dpop-proof:${proof}`, holder: 'lab alice' } as const;
  return { ...own, proof, holdsUntil: now + 60_000, arrival: {}, ...more };
}

function reasonOf(finding: Finding | undefined): unknown {
  return finding !== undefined && 'reason' in finding ? finding.reason : finding;
}

/** Proofs with a clock of their own. */
function proofsAt(most?: number): {
  shown: ShownProofs;
  clock: { now: number };
  show: (lookup: DpopProofLookup) => Promise<unknown>;
} {
  const clock = { now };
  const shown = new ShownProofs(
    clockBy(() => clock.now),
    most,
  );
  return { shown, clock, show: async lookup => reasonOf(await shown.find(lookup)) };
}

t.test('signatures', async t => {
  const { show } = proofsAt();
  t.same(await show(lookupOf(resourceProof)), holds, "RFC 9449's example");
  const algorithms: readonly TokenAlgorithm[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256'];
  for (const algorithm of algorithms) {
    t.same(await show(lookupOf(makeProof(makeKey(algorithm), wish))), holds, algorithm);
  }
  const bad: readonly (readonly [rule: string, proof: string])[] = [
    ['another key', makeProof(makeKey('ES256'), { ...wish, header: { jwk: proofJwk(key) } })],
    ['zeros (CVE-2022-21449)', makeProof(key, wish).replace(/[^.]*$/, encodePart(Buffer.alloc(64)))],
    ['another algorithm than that of its key', makeProof(key, { ...wish, header: { alg: 'ES384' } })],
    ['another kind of key', makeProof(key, { ...wish, header: { alg: 'RS256' } })],
    ['a key for something else', makeProof(key, { ...wish, header: { jwk: proofJwk(key, { use: 'enc' }) } })],
    ['a key for another algorithm', makeProof(key, { ...wish, header: { jwk: proofJwk(key, { alg: 'ES384' }) } })],
    [
      'a point that is on no curve',
      makeProof(key, { ...wish, header: { jwk: proofJwk(key, { x: encodePart(Buffer.alloc(32, 1)) }) } }),
    ],
    ['an RSA key of 1024 bits', makeProof(makeKey('RS256', 'r', 1024), wish)],
    ['what is no proof', 'a.b.c'],
  ];
  for (const [rule, proof] of bad) t.equal(await show(lookupOf(proof)), 'dpop-invalid', rule);
});

t.test('a proof that does not hold is not remembered', async t => {
  const { shown, show } = proofsAt();
  const good = makeProof(key, wish);
  const forged = good.replace(/[^.]*$/, encodePart(Buffer.alloc(64, 1)));
  t.equal(await show(lookupOf(forged)), 'dpop-invalid');
  t.equal(shown.size, 0);
  t.same(await show(lookupOf(good)), holds, 'so that nobody can use up the proof of somebody else');
});

t.test('once', async t => {
  const { clock, show } = proofsAt();
  const claims = { jti: 'one' };
  const proof = makeProof(key, { ...wish, claims });
  t.same(await show(lookupOf(proof)), holds);
  t.equal(await show(lookupOf(proof)), 'dpop-replayed', 'the very same');
  const again = makeProof(key, { ...wish, method: 'POST', claims });
  t.equal(await show(lookupOf(again)), 'dpop-replayed', 'another one with its jti');
  t.equal(await show(lookupOf(again, { holder: 'lab bob' })), 'dpop-replayed', 'whoever shows it');
  t.same(await show(lookupOf(makeProof(makeKey('ES256'), { ...wish, claims }))), holds, 'the same jti by another key');
  clock.now = now + 59_999;
  t.equal(await show(lookupOf(proof)), 'dpop-replayed', 'to its last millisecond');
  clock.now = now + 60_000;
  t.equal(await show(lookupOf(proof)), 'dpop-invalid', 'and then it is too old');
});

t.test('two at the same time', async t => {
  const { show } = proofsAt();
  const proof = makeProof(key, wish);
  const all = await Promise.all(Array.from({ length: 8 }, () => show(lookupOf(proof))));
  t.equal(all.filter(outcome => outcome === 'dpop-replayed').length, 7);
  t.same(
    all.filter(outcome => outcome !== 'dpop-replayed'),
    [holds],
  );
});

t.test('the request that showed it may be judged again', async t => {
  const { shown, clock, show } = proofsAt();
  const lookup = lookupOf(makeProof(key, wish));
  t.equal(shown.known(lookup), undefined);
  t.same(await show(lookup), holds);
  t.same(shown.known(lookup), holds);
  t.same(await show({ ...lookup }), holds);
  t.equal(shown.known({ ...lookup, arrival: {} }), undefined, 'no other request');
  const other = lookupOf(makeProof(key, wish), { arrival: lookup.arrival });
  t.equal(shown.known(other), undefined, 'no other proof');
  clock.now = now + 60_000;
  t.same(shown.known(lookup), holds, 'however long its body takes');
});

/** Shows so many new proofs, and gives how many of them counted. */
async function flood(
  show: (lookup: DpopProofLookup) => Promise<unknown>,
  count: number,
  more: Partial<DpopProofLookup>,
): Promise<number> {
  let counted = 0;
  for (let at = 0; at < count; at += 1) {
    const outcome = await show(lookupOf(makeProof(key, wish), more));
    if (outcome !== 'dpop-too-many') counted += 1;
  }
  return counted;
}

t.test('what is full refuses, and forgets nothing', async t => {
  const { shown, clock, show } = proofsAt(90);
  const first = lookupOf(makeProof(key, wish));
  t.same(await show(first), holds);
  t.equal(await flood(show, 40, {}), 9, 'one user gets a ninth of all, by an eighth of what is free');
  t.equal(await show(lookupOf(first.proof)), 'dpop-replayed', 'the first one is still remembered');
  t.equal(await flood(show, 40, { holder: 'lab mallory' }), 9, 'another one gets a share of what is left');
  for (let user = 0; user < 20; user += 1) await flood(show, 10, { holder: `lab crowd-${user}` });
  t.ok(shown.size <= 90, `bounded: ${shown.size}`);
  t.same(await show(lookupOf(makeProof(key, wish), { holder: 'lab late' })), holds, 'who comes last still finds room');
  clock.now = now + 61_000;
  t.equal(await flood(show, 5, { holdsUntil: now + 120_000 }), 5, 'room again, once they are too old');
  clock.now = now + 70_000;
  await flood(show, 1, { holdsUntil: now + 120_000 });
  t.equal(shown.size, 6, 'and what is too old is gone');
});

t.test('never rejects', async t => {
  const { show } = proofsAt();
  for (const jwk of [
    { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    { kty: 'OKP', crv: 'X25519', x: 'AA' },
    { kty: 'RSA', n: 'AA', e: 'AA' },
  ]) {
    t.equal(await show(lookupOf(makeProof(key, { ...wish, header: { jwk } }))), 'dpop-invalid', jwk.kty);
  }
});
