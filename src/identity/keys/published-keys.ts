/** One look at the keys that an issuer publishes: at a URL, or where its discovery document says. */
import { type Clock, type Moment, mayBePast, momentIn } from '../../clock.ts';
import { readDiscovery } from './discovery.ts';
import { askAgainAfterMs } from './freshness.ts';
import { type Ask, askForKeys, type KeyAnswer } from './key-questions.ts';
import { type KeySet, keysOfJwks } from './verifying-keys.ts';

/** Where one issuer's keys are published. */
export interface PublishedSource {
  readonly kind: 'jwksUrl' | 'discovery';
  readonly issuer: string;
  /** Of the key set, or of the discovery document. */
  readonly url: string;
  readonly algorithms: ReadonlySet<string>;
  /** Who signs the certificates (PEM); `null`: the roots of Node. */
  readonly ca: string | null;
  readonly dangerouslyAllowHttp: boolean;
}

/** What a look gives: keys, perhaps none that fits, and when to look again; or what is wrong. */
export type Publication = { readonly set: KeySet; readonly againMs: number } | { readonly fault: string };

/** Over all that one look asks. */
const timeoutMs = 5_000;

/** How long what discovery said is gone by, at most. */
const saidForMs = 60 * 60_000;

/** Looks at one issuer's keys; where discovery said they are it remembers for a while, until they can not be had there. */
export class PublishedKeys {
  readonly #source: PublishedSource;
  readonly #ask: Ask;
  readonly #clock: Clock;
  #said: { readonly jwksUri: string; readonly until: Moment } | undefined;
  #asksAnew = false;

  constructor(source: PublishedSource, io: { readonly ask: Ask; readonly clock: Clock }) {
    this.#source = source;
    this.#ask = io.ask;
    this.#clock = io.clock;
  }

  /** What discovery said is asked for anew with the next look: keys may have moved while the old ones stay where they were. */
  askWhere(): void {
    this.#asksAnew = true;
  }

  /** Never rejects. */
  async look(): Promise<Publication> {
    const deadline = this.#clock.steady() + timeoutMs;
    const where = await this.#whereKeysAre(deadline);
    if ('fault' in where) return where;
    const answer = await this.#askBy(deadline, where.jwksUri);
    const publication = 'fault' in answer ? answer : this.#read(answer);
    if ('fault' in publication) this.#said = undefined;
    return publication;
  }

  #read({ body, cacheControl }: { readonly body: Uint8Array; readonly cacheControl: string }): Publication {
    const set = keysOfJwks(body, this.#source.algorithms);
    return 'fault' in set ? set : { set, againMs: askAgainAfterMs(cacheControl) };
  }

  async #whereKeysAre(deadline: number): Promise<{ readonly jwksUri: string } | { readonly fault: string }> {
    const source = this.#source;
    if (source.kind === 'jwksUrl') return { jwksUri: source.url };
    const known = this.#said === undefined || mayBePast(this.#said.until, this.#clock) ? undefined : this.#said;
    if (known !== undefined && !this.#asksAnew) return known;
    this.#asksAnew = false;
    const answer = await this.#askBy(deadline, source.url);
    if ('fault' in answer) return known ?? { fault: `discovery document: ${answer.fault}` };
    const said = readDiscovery(answer.body, source);
    if ('jwksUri' in said) this.#said = { ...said, until: momentIn(saidForMs, this.#clock) };
    return said;
  }

  #askBy(deadline: number, url: string): Promise<KeyAnswer> {
    const { ca } = this.#source;
    const bounds = {
      timeoutMs: Math.max(1, Math.ceil(deadline - this.#clock.steady())),
      ...(ca === null ? {} : { ca }),
    };
    return askForKeys(url, bounds, this.#ask);
  }
}
