/** Answers that may hold secrets: each is let go of at its time, whether anybody asks for it again or not. */

/** How much is kept at most. */
export interface AnswerBounds {
  readonly entries: number;
  readonly bytes: number;
}

interface Kept<Answer> {
  readonly answer: Answer;
  readonly until: number;
  readonly bytes: number;
  readonly timer: NodeJS.Timeout;
}

/** Answers by key. When there are too many, those that came first go. */
export class BriefAnswers<Answer> {
  readonly #bounds: AnswerBounds;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept<Answer>>();
  #bytes = 0;
  #closed = false;

  /** `now` gives milliseconds since the epoch. */
  constructor(bounds: AnswerBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** Undefined for a key that has no answer any more. */
  get(key: string): Answer | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && kept.until > this.#now() ? kept.answer : undefined;
  }

  /** Keeps an answer until then, in place of the one before; `bytes` is what it takes up. */
  set(key: string, answer: Answer, until: number, bytes: number): void {
    this.#delete(key);
    const left = until - this.#now();
    if (this.#closed || left <= 0 || bytes > this.#bounds.bytes) return;
    this.#makeRoom(bytes);
    const timer = setTimeout(() => this.#delete(key), left).unref();
    this.#kept.set(key, { answer, until, bytes, timer });
    this.#bytes += bytes;
  }

  /** Lets go of everything, and keeps nothing from now on. */
  close(): void {
    this.#closed = true;
    for (const key of [...this.#kept.keys()]) this.#delete(key);
  }

  #makeRoom(bytes: number): void {
    for (const key of this.#kept.keys()) {
      if (this.#kept.size < this.#bounds.entries && this.#bytes + bytes <= this.#bounds.bytes) return;
      this.#delete(key);
    }
  }

  #delete(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    this.#bytes -= kept.bytes;
    this.#kept.delete(key);
  }
}
