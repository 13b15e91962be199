/** Asks anew about tokens that hold by an endpoint's word while something stays open by them: in time, each once, few at once. */
import { later, mayBePast, momentIn } from '../clock.ts';
import type { IntrospectionLookup } from '../gate/lookups.ts';
import { refuse } from '../gate/reasons.ts';
import { questionsAbout, review } from '../gate/review.ts';
import type { Gate } from './judge.ts';
import type { Standing } from './standing.ts';

/** Places for requests with other tokens are left (see `Introspection`). */
const atOnce = 16;

/** An endpoint in trouble is asked about a token so often. */
const pauseMs = 1000;

interface Question {
  readonly lookup: IntrospectionLookup;
  readonly held: Standing[];
}

/** All that is being asked. */
export class AskingAnew {
  readonly #gate: Gate;
  readonly #asked = new Set<string>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** Ends what nobody's word holds any more, and asks about what is due; what finds no place is due at the next look still. */
  look(all: Iterable<Standing>): void {
    const { clock } = this.#gate;
    const due: Standing[] = [];
    for (const standing of all) {
      // Past its end a token is asked about no more: what is open then is so by another proof.
      if (standing.word === undefined || mayBePast(standing.until, clock)) continue;
      const { givenAt, countsForMs } = standing.word;
      if (mayBePast(later(givenAt, countsForMs), clock))
        standing.end(refuse('introspection-unavailable', 'no answer for too long'));
      else if (mayBePast(standing.askAt, clock)) due.push(standing);
    }
    if (due.length > 0) this.#askAbout(due);
  }

  /** Who has waited longest comes first, or tokens that an endpoint chokes on would take every place. */
  #askAbout(due: Standing[]): void {
    const questions = new Map<string, Question>();
    for (const standing of due.sort((one, other) => one.askAt.steady - other.askAt.steady))
      for (const lookup of questionsAbout(standing.admission.proofs)) {
        const question = questions.get(lookup.token);
        if (question === undefined) questions.set(lookup.token, { lookup, held: [standing] });
        else question.held.push(standing);
      }
    for (const [token, question] of questions) {
      if (this.#asked.size >= atOnce) return;
      if (this.#asked.has(token)) continue;
      this.#asked.add(token);
      void this.#ask(question).finally(() => this.#asked.delete(token));
    }
  }

  async #ask({ lookup, held }: Question): Promise<void> {
    const { policy, findOut } = this.#gate.inForce();
    const finding = await findOut(lookup);
    // What a policy found out that is in force no more says nothing: the next look asks under the new one.
    if (this.#gate.inForce().policy !== policy) return;
    const { clock } = this.#gate;
    const look = { now: clock.wall(), findings: new Map([[lookup.key, finding]]) };
    for (const standing of held) {
      if ('reason' in finding) {
        standing.askAt = momentIn(pauseMs, clock);
        continue;
      }
      const outcome = review(standing.admission, policy, look);
      if (!('reason' in outcome)) standing.renew(outcome, clock);
      else if (outcome.reason === 'token-expired') standing.expire(clock);
      else standing.end(outcome);
    }
  }
}
