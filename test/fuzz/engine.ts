/** Fuzzes one target for so long: inputs of its grammar and bent ones of its corpus, which grows by what reaches new code. */
import fc from 'fast-check';
import { type Breach, minimised } from '../differential/campaign.ts';
import { Chance } from '../soak/chance.ts';
import type { Coverage } from './coverage.ts';
import { bent } from './mutations.ts';
import { attempt, type FuzzTarget } from './target.ts';

/** How to go about it. */
export interface FuzzPlan {
  readonly seconds: number;
  readonly seed: number;
  readonly seeds: readonly string[];
  readonly coverage: Coverage;
  /** Told of each input before it is tried, so that who waits knows which one does not end. */
  readonly onInput: (input: string) => void;
  readonly onFinding: (finding: FuzzFinding) => void;
}

/** An input that breaches a rule, as small as it could be made. */
export interface FuzzFinding {
  readonly breach: Breach;
  readonly input: string;
}

/** What was done. */
export interface FuzzResult {
  readonly runs: number;
  readonly findings: number;
  /** Characters of code that were reached. */
  readonly reached: number;
  /** Inputs that together reach all of it, small ones first. */
  readonly kept: readonly string[];
}

const batchSize = 16;
const sampleSize = 256;
/** The same few causes come again and again. */
const mostFindings = 6;

function keyOf({ rule, kind }: Breach): string {
  return `${rule}: ${kind}`;
}

class Fuzzing {
  readonly #target: FuzzTarget;
  readonly #plan: FuzzPlan;
  readonly #chance: Chance;
  readonly #corpus: string[] = [];
  readonly #found = new Set<string>();
  #samples: string[] = [];
  #runs = 0;

  constructor(target: FuzzTarget, plan: FuzzPlan) {
    this.#target = target;
    this.#plan = plan;
    this.#chance = new Chance(plan.seed);
  }

  async run(): Promise<FuzzResult> {
    const { coverage, seconds, seeds } = this.#plan;
    coverage.forget();
    for (const seed of seeds) await this.#tryBatch([seed]);
    const deadline = performance.now() + seconds * 1000;
    while (performance.now() < deadline && this.#found.size < mostFindings) {
      await this.#tryBatch(Array.from({ length: batchSize }, () => this.#next()));
    }
    const reached = coverage.size;
    return { runs: this.#runs, findings: this.#found.size, reached, kept: await this.#smallCover() };
  }

  #sample(): string {
    if (this.#samples.length === 0) {
      this.#samples = fc.sample(this.#target.grammar, { numRuns: sampleSize, seed: this.#chance.below(2 ** 31) });
    }
    return this.#samples.pop() ?? '';
  }

  #next(): string {
    const { words, mostBytes } = this.#target;
    const plain = this.#corpus.length === 0 || this.#chance.oneIn(3) ? this.#sample() : this.#chance.pick(this.#corpus);
    const others = this.#corpus.length === 0 ? [plain] : this.#corpus;
    const input = this.#chance.oneIn(6) ? plain : bent(plain, { chance: this.#chance, words, others });
    return Buffer.from(input.slice(0, mostBytes), 'latin1').toString('latin1');
  }

  async #tryBatch(batch: readonly string[]): Promise<void> {
    for (const input of batch) await this.#try(input);
    if (!this.#plan.coverage.isNews()) return;
    for (const input of batch) {
      await this.#attempt(input);
      if (this.#plan.coverage.learn()) this.#corpus.push(input);
    }
  }

  #attempt(input: string): Promise<Breach | null> {
    this.#plan.onInput(input);
    return attempt(this.#target, input);
  }

  async #try(input: string): Promise<void> {
    this.#runs += 1;
    const breach = await this.#attempt(input);
    if (breach === null || this.#found.has(keyOf(breach))) return;
    this.#found.add(keyOf(breach));
    const smaller = await this.#minimised(input, keyOf(breach));
    this.#plan.onFinding({ input: smaller, breach: (await this.#attempt(smaller)) ?? breach });
  }

  #minimised(input: string, key: string): Promise<string> {
    const attemptEach = async (inputs: readonly string[]): Promise<Breach[][]> => {
      const breaches: Breach[][] = [];
      for (const each of inputs) {
        const breach = await this.#attempt(each);
        breaches.push(breach === null ? [] : [breach]);
      }
      return breaches;
    };
    const campaign = {
      cases: this.#target.grammar,
      attempt: attemptEach,
      bytesOf: (each: string) => each,
      withBytes: (_: string, bytes: string) => bytes,
    };
    return minimised(campaign, input, key);
  }

  /** Goes over the corpus from its smallest input, and keeps what still reaches something new. */
  async #smallCover(): Promise<string[]> {
    const { coverage } = this.#plan;
    coverage.forget();
    const kept: string[] = [];
    for (const input of this.#corpus.toSorted((left, right) => left.length - right.length)) {
      await this.#attempt(input);
      if (coverage.learn()) kept.push(input);
    }
    return kept;
  }
}

/** Fuzzes until the time is over or enough is found. */
export function fuzz(target: FuzzTarget, plan: FuzzPlan): Promise<FuzzResult> {
  return new Fuzzing(target, plan).run();
}
