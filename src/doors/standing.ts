/** An admission on which something stays open: until when, and by whose word. */
import { type Clock, later, type Moment, mayBePast, momentAt, momentIn, movedTo, never } from '../clock.ts';
import type { Word } from '../gate/proof.ts';
import type { Refusal } from '../gate/reasons.ts';
import { type Admission, type Reviewed, untilOf, wordOf } from '../gate/review.ts';

/** What stays open on the strength of an admission, or lets others stay. */
export abstract class Standing {
  admission: Admission;
  /** Until when the admission holds. */
  until: Moment;
  /** By which it holds; undefined: by itself, or not any more. */
  word: Word | undefined;
  /** When whose word it is has to be asked anew. */
  askAt: Moment = never;

  constructor(admission: Admission, clock: Clock) {
    this.admission = admission;
    this.until = momentAt(untilOf(admission.proofs), clock);
    this.#hear(wordOf(admission.proofs));
  }

  /** Whoever let it in does so no more. */
  abstract end(refusal: Refusal): void;

  /** Judged under another policy, and let in again. */
  take({ proofs, until }: Reviewed): void {
    this.until = movedTo(until, this.until);
    if (this.word === undefined) return;
    this.admission = { ...this.admission, proofs };
    this.#hear(wordOf(proofs));
  }

  /** Asked about anew, and let in again. */
  renew({ proofs, until }: Reviewed, clock: Clock): void {
    this.admission = { ...this.admission, proofs };
    this.until = momentAt(until, clock);
    this.#hear(wordOf(proofs));
  }

  /** Its proof has come to its end as any does; another proof may prolong what stands on it. */
  expire(clock: Clock): void {
    if (!mayBePast(this.until, clock)) this.until = momentIn(0, clock);
    this.#hear(undefined);
  }

  #hear(word: Word | undefined): void {
    this.word = word;
    this.askAt = word === undefined ? never : later(word.givenAt, word.askAgainAfterMs);
  }
}
