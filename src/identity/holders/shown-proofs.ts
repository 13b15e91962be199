/** Verifies DPoP proofs, and remembers which were shown: each counts once (RFC 9449 §11.1). */
import { createHash } from 'node:crypto';
import { type Clock, isSurelyPast, type Moment, momentAt } from '../../clock.ts';
import type { DpopProofLookup, Finding } from '../../gate/lookups.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import { signatureHolds } from '../keys/signature.ts';
import { keyOfJwk } from '../keys/verifying-keys.ts';
import { type DpopProof, readDpopProof } from './dpop-proof.ts';

/** Proofs that are remembered at most, for all users together. */
const mostProofs = 256 * 1024;

/** One user may hold this part of what is free: so a flood leaves room for whoever comes next, however many take part in it. */
const share = 1 / 8;

/** What is forgotten at once. */
const spanMs = 10_000;

/** Proofs that are too old for anybody at the same time, and how many of them each holder has. */
interface Span {
  /** When that is, for all of them: where the clock was set meanwhile, they do not agree. */
  end: Moment;
  readonly proofs: Set<string>;
  readonly counts: Map<string, number>;
}

const holding: Finding = { what: 'dpop-proof' };

/** Sixteen bytes, a character each: whoever makes two that are alike is told that he repeats himself. */
function digestOf(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\n')).digest().toString('latin1', 0, 16);
}

/** All proofs that were shown and are not too old by both clocks: one that is may be set back. What is full refuses: to forget would be to let a proof count twice. */
export class ShownProofs {
  readonly #clock: Clock;
  readonly #most: number;
  /** By the wall's time at which they end. */
  readonly #spans = new Map<number, Span>();
  /** What a request has shown, so that it may be judged again. */
  readonly #byArrival = new WeakMap<object, string>();

  /** `most`: how many are remembered. */
  constructor(clock: Clock, most: number = mostProofs) {
    this.#clock = clock;
    this.#most = most;
  }

  /** How many proofs are remembered. */
  get size(): number {
    let size = 0;
    for (const { proofs } of this.#spans.values()) size += proofs.size;
    return size;
  }

  /** Whether this very request has shown this very proof before. */
  known({ arrival, proof }: DpopProofLookup): Finding | undefined {
    return this.#byArrival.get(arrival) === proof ? holding : undefined;
  }

  /** Whether the proof holds, and is shown for the first time. Leans on no check that the prover made before. Never rejects. */
  async find(lookup: DpopProofLookup): Promise<Finding> {
    const proof = readDpopProof(lookup.proof);
    if ('fault' in proof) return refuse('dpop-invalid', proof.fault);
    const key = keyOfJwk(proof.jwk, new Set([proof.algorithm]));
    if (key === null) return refuse('dpop-invalid', 'jwk is no key for alg');
    if (!(await signatureHolds(lookup.proof, proof.algorithm, key.key))) return refuse('dpop-invalid', 'signature');
    return this.known(lookup) ?? this.#spend(lookup, proof) ?? holding;
  }

  /** Null where it counts. Two that come together are told apart here, because nothing waits in between. */
  #spend({ arrival, proof: text, holder: name, holdsUntil }: DpopProofLookup, proof: DpopProof): Refusal | null {
    if (this.#clock.wall() >= holdsUntil) return refuse('dpop-invalid', 'too old');
    this.#forget();
    const id = digestOf(proof.thumbprint, proof.jti);
    const holder = digestOf(name);
    const spans = [...this.#spans.values()];
    if (spans.some(({ proofs }) => proofs.has(id))) return refuse('dpop-replayed');
    const held = spans.reduce((sum, { counts }) => sum + (counts.get(holder) ?? 0), 0);
    if (held >= (this.#most - this.size) * share) return refuse('dpop-too-many');
    this.#remember(id, holder, holdsUntil);
    this.#byArrival.set(arrival, text);
    return null;
  }

  #remember(id: string, holder: string, holdsUntil: number): void {
    const end = momentAt(Math.ceil(holdsUntil / spanMs) * spanMs, this.#clock);
    const span = this.#spans.get(end.wall) ?? { end, proofs: new Set<string>(), counts: new Map<string, number>() };
    if (end.steady > span.end.steady) span.end = end;
    span.proofs.add(id);
    span.counts.set(holder, (span.counts.get(holder) ?? 0) + 1);
    this.#spans.set(end.wall, span);
  }

  #forget(): void {
    for (const [wall, { end }] of this.#spans) if (isSurelyPast(end, this.#clock)) this.#spans.delete(wall);
  }
}
