/** Keys behind a URL: fetched in the background, kept while the issuer is down, fetched again for an unknown kid, but not often. */
import { type KeySet, type KeySetReading, keysOfJwks, mostKeyBytes, noKeyFor } from './verifying-keys.ts';

/** Fetches a URL whole. Follows no redirect; rejects beyond the bounds. */
export type Ask = (
  url: string,
  bounds: { readonly maxBytes: number; readonly timeoutMs: number },
) => Promise<{ readonly status: number; readonly body: Uint8Array }>;

/** What became of a fetch. */
export type KeyEvent =
  | { readonly kind: 'keys-fetched'; readonly issuer: string; readonly keys: number }
  | { readonly kind: 'keys-failed'; readonly issuer: string; readonly error: string };

/** What fetching needs of the outside world. */
export interface FetchIo {
  readonly ask: Ask;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onEvent: (event: KeyEvent) => void;
}

/** Where one issuer's keys are fetched. */
export interface FetchedSource {
  readonly issuer: string;
  readonly url: string;
  readonly algorithms: ReadonlySet<string>;
}

const timeoutMs = 5_000;
const againMs = 10 * 60_000;
/** Least time between two fetches, whatever tokens ask for (attack J12). */
const floorMs = 30_000;
const staleMs = 24 * 3_600_000;

/** What may be said of a fault: its code where it has one, as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the fetch failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** The keys of one issuer that publishes them. */
export class FetchedKeys {
  readonly #source: FetchedSource;
  readonly #io: FetchIo;
  #set: KeySet | undefined;
  #fetchedAt = 0;
  #askedAt = 0;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #error: string | undefined;

  /** Begins the first fetch, and waits for nothing. */
  constructor(source: FetchedSource, io: FetchIo) {
    this.#source = source;
    this.#io = io;
    this.#start();
  }

  /** Whether these are the keys of that very source, so that a reload can go on with them. */
  serves({ issuer, url, algorithms }: FetchedSource): boolean {
    const own = this.#source;
    return own.issuer === issuer && own.url === url && own.algorithms.symmetricDifference(algorithms).size === 0;
  }

  /** The last good set, unless it is too old to be believed. */
  get set(): KeySet | undefined {
    return this.#io.now() - this.#fetchedAt < staleMs ? this.#set : undefined;
  }

  /** When a good set was fetched last, in milliseconds since the epoch; 0: never. */
  get readAt(): number {
    return this.#fetchedAt;
  }

  /** Why the last fetch failed. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Waits for a running fetch, or for one that it starts; at once done if the last one is too young. Never rejects. */
  async refresh(): Promise<void> {
    const young = this.#io.now() - this.#askedAt < floorMs;
    if (this.#running === undefined && (young || this.#closed)) return;
    await (this.#running ?? this.#start());
  }

  /** Fetches no more; what is running is ignored. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#askedAt = this.#io.now();
    const running = this.#fetch().then(outcome => {
      this.#running = undefined;
      if (!this.#closed) this.#take(outcome);
    });
    this.#running = running;
    return running;
  }

  async #fetch(): Promise<KeySetReading> {
    const { url, algorithms } = this.#source;
    try {
      const { status, body } = await this.#io.ask(url, { maxBytes: mostKeyBytes, timeoutMs });
      if (status !== 200) return { fault: `answered with status ${status}` };
      return body.byteLength > mostKeyBytes
        ? { fault: `is larger than ${mostKeyBytes} bytes` }
        : keysOfJwks(body, algorithms);
    } catch (error) {
      return { fault: faultOf(error) };
    }
  }

  /** An answer without a usable key is a fault, but the issuer's word: keys that it took back are gone. */
  #take(outcome: KeySetReading): void {
    const { issuer, algorithms } = this.#source;
    if ('keys' in outcome) {
      this.#set = outcome;
      this.#fetchedAt = this.#io.now();
    }
    const keys = 'keys' in outcome ? outcome.keys.length : 0;
    const error = 'fault' in outcome ? outcome.fault : keys === 0 ? noKeyFor(algorithms) : undefined;
    this.#error = error;
    this.#timer = setTimeout(() => this.#start(), error === undefined ? againMs : floorMs).unref();
    this.#io.onEvent(
      error === undefined ? { kind: 'keys-fetched', issuer, keys } : { kind: 'keys-failed', issuer, error },
    );
  }
}
