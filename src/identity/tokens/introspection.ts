/** Asks endpoints whom opaque tokens prove (RFC 7662): each token once at a time and seldom, and not too many at once. */

import { type Clock, later, type Moment, mayBePast, momentIn, movedTo } from '../../clock.ts';
import type { Finding, Introspected } from '../../gate/lookups.ts';
import { type Refusal, refuse, refuseWithAudit } from '../../gate/reasons.ts';
import { ownText, RecentTexts } from '../../http/recent-texts.ts';
import { weightOf } from '../../http/weight.ts';
import { askingFault, readJsonAnswer } from '../outside-answer.ts';
import { isJsonObject, type JsonObject } from './strict-json.ts';

/** One endpoint, and how the gate shows itself there. */
export interface IntrospectionEndpoint {
  /** As the log names it: `introspection[0]`. */
  readonly entry: string;
  readonly url: string;
  /** The whole Authorization value; secret. */
  readonly authorization: string;
  /** Who signs its certificate, in PEM; null: the roots that Node comes with. */
  readonly ca: string | null;
  readonly timeoutMs: number;
  /** How long an answer is believed at most. */
  readonly cacheForMs: number;
}

/** One bounded POST of a form; follows no redirect, and rejects when there is no whole answer. */
export type PostForm = (
  url: string,
  options: {
    readonly form: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly ca: string | null;
    readonly maxBytes: number;
    readonly timeoutMs: number;
  },
) => Promise<{ readonly status: number; readonly contentType: string; readonly body: Uint8Array }>;

/** What asking needs of the outside world. */
export interface IntrospectionIo {
  readonly post: PostForm;
  readonly clock: Clock;
  /** Told of each question without an answer that counts, in words without anything of the token or the answer. */
  readonly onFault: (entry: string, fault: string) => void;
}

/** How an endpoint stands, as far as the last question shows: nobody asks without a token. */
export interface EndpointState {
  /** As the log names it: `introspection[0]`. */
  readonly endpoint: string;
  /** Why the last question had no answer that counts. */
  readonly error?: string;
}

/** How often what happened; they only grow. And what the last questions came to. */
export interface IntrospectionCounts {
  /** Tokens that were asked about. */
  asked: number;
  /** Of these, tokens about which an endpoint gave no answer that counts. */
  failed: number;
  /** Requests that an answer remembered was enough for. */
  cached: number;
  /** Requests that were refused because too much was being asked. */
  crowded: number;
  /** By an endpoint's URL, why the last question had no answer that counts; absent after one that does. */
  readonly errors: Map<string, string>;
}

/** Counts of a gate that has asked nothing yet. */
export function noIntrospection(): IntrospectionCounts {
  return { asked: 0, failed: 0, cached: 0, crowded: 0, errors: new Map() };
}

/** In their order. */
export function endpointStates(
  endpoints: readonly IntrospectionEndpoint[],
  { errors }: IntrospectionCounts,
): EndpointState[] {
  return endpoints.map(({ entry, url }) => {
    const error = errors.get(url);
    return { endpoint: entry, ...(error === undefined ? {} : { error }) };
  });
}

/** How much is remembered, of active tokens and of the rest; of either at least the half that came last. */
const bounds = {
  active: { entries: 8192, characters: 32 * 1024 * 1024 },
  others: { entries: 8192, characters: 2 * 1024 * 1024 },
};

/** A token that was issued a moment ago, or that its endpoint hears of late, must not be nobody's for long. */
const inactiveMs = 10_000;
/** So that who sends a token again and again does not ask an endpoint in trouble each time. */
const faultMs = 1000;
/** A clock that is behind must not make every request a question. */
const leastMs = 1000;

const answerBytes = 64 * 1024;

/** Tokens that are asked about at the same time; those that were active before have places of their own (a storm of others). */
const mostAtOnce = 32;
const mostKnownAtOnce = 48;

const inactive: Introspected = { what: 'introspection', answer: undefined };
const crowded: Refusal = refuse('introspection-unavailable', 'too many tokens are being asked about');

type Answer = Awaited<ReturnType<PostForm>>;

/** What an answer says: the members where that is "active", null where it is "not active"; or why it says neither. */
type AnswerReading = { readonly claims: JsonObject | null } | { readonly fault: string };

function readAnswer({ status, contentType, body }: Answer): AnswerReading {
  if (status !== 200) return { fault: `answered with status ${status}` };
  const read = readJsonAnswer(contentType, body);
  if ('fault' in read) return read;
  const { value } = read;
  if (!isJsonObject(value)) return { fault: 'answered with no JSON object' };
  const { active } = value as { readonly active?: unknown };
  if (active === true) return { claims: value };
  return active === false ? { claims: null } : { fault: 'did not say whether the token is active' };
}

interface Told {
  readonly finding: Finding;
  readonly givenAt: Moment;
  /** Whatever the token's dates say: the clock may be set while the answer is remembered. */
  readonly until: Moment;
  /** What the answer takes up in memory. */
  readonly bytes: number;
}

/** All endpoints of one policy, and what they said. */
export class Introspection {
  readonly counts: IntrospectionCounts;
  readonly #endpoints: readonly IntrospectionEndpoint[];
  readonly #io: IntrospectionIo;
  readonly #active = new RecentTexts<Told>(bounds.active);
  readonly #others = new RecentTexts<Told>(bounds.others);
  readonly #running = new Map<string, Promise<Finding>>();

  /** `counts` go on from there. */
  constructor(
    endpoints: readonly IntrospectionEndpoint[],
    io: IntrospectionIo,
    counts: IntrospectionCounts = noIntrospection(),
  ) {
    this.counts = counts;
    this.#endpoints = endpoints;
    this.#io = io;
  }

  /** What is remembered of a token and still believed. */
  known(token: string): Finding | undefined {
    const told = this.#remembered(token);
    if (told !== undefined) this.counts.cached += 1;
    return told?.finding;
  }

  /** What the endpoints say of a token, in their order; not what one that knows it said longer ago than `maxAgeMs`. Never rejects. */
  find(token: string, maxAgeMs: number = Number.POSITIVE_INFINITY): Promise<Finding> {
    const told = this.#remembered(token, maxAgeMs);
    if (told !== undefined) return Promise.resolve(told.finding);
    const running = this.#running.get(token);
    if (running !== undefined) return running;
    const places = this.#active.get(token) === undefined ? mostAtOnce : mostKnownAtOnce;
    if (this.#running.size >= places) {
      this.counts.crowded += 1;
      return Promise.resolve(crowded);
    }
    const own = ownText(token);
    const asking = this.#ask(own).finally(() => this.#running.delete(own));
    this.#running.set(own, asking);
    return asking;
  }

  #remembered(token: string, maxAgeMs: number = Number.POSITIVE_INFINITY): Told | undefined {
    const { clock } = this.#io;
    const active = this.#active.get(token);
    const isBelieved = active !== undefined && !mayBePast(active.until, clock);
    if (isBelieved && !mayBePast(later(active.givenAt, maxAgeMs), clock)) return active;
    const other = this.#others.get(token);
    return other === undefined || mayBePast(other.until, clock) ? undefined : other;
  }

  async #ask(token: string): Promise<Finding> {
    this.counts.asked += 1;
    const told = await this.#askInTurn(token);
    const { finding } = told;
    if ('reason' in finding) this.counts.failed += 1;
    const isActive = 'what' in finding && finding !== inactive;
    // A fault takes nobody's place among the active ones.
    if (finding === inactive) this.#active.delete(token);
    (isActive ? this.#active : this.#others).set(token, told, told.bytes);
    return finding;
  }

  /** The first one that knows it; past an endpoint that can not be asked nobody is, or who proves would depend on who answers. */
  async #askInTurn(token: string): Promise<Told> {
    for (const [entry, endpoint] of this.#endpoints.entries()) {
      const told = await this.#askOne(token, endpoint, entry);
      if (told !== null) return told;
    }
    return this.#brief(inactive, inactiveMs);
  }

  /** Null: not active there. */
  async #askOne(token: string, endpoint: IntrospectionEndpoint, entry: number): Promise<Told | null> {
    const { url, authorization, ca, timeoutMs, cacheForMs } = endpoint;
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString();
    const headers = { Accept: 'application/json', Authorization: authorization };
    try {
      const answer = await this.#io.post(url, { form, headers, ca, maxBytes: answerBytes, timeoutMs });
      const reading = readAnswer(answer);
      if ('fault' in reading) return this.#fault(endpoint, reading.fault);
      const { claims } = reading;
      this.counts.errors.delete(url);
      if (claims === null) return null;
      const givenAt = momentIn(0, this.#io.clock);
      const until = believedUntil(claims, givenAt.wall, cacheForMs);
      const finding: Introspected = { what: 'introspection', answer: { token, entry, claims, givenAt, until } };
      return { finding, givenAt, until: movedTo(until, givenAt), bytes: weightOf(claims) };
    } catch (error) {
      return this.#fault(endpoint, askingFault(error));
    }
  }

  #fault({ entry, url }: IntrospectionEndpoint, fault: string): Told {
    this.counts.errors.set(url, fault);
    this.#io.onFault(entry, fault);
    const finding = refuseWithAudit('introspection-unavailable', entry);
    return this.#brief(finding, faultMs);
  }

  #brief(finding: Finding, forMs: number): Told {
    const givenAt = momentIn(0, this.#io.clock);
    return { finding, givenAt, until: later(givenAt, forMs), bytes: 0 };
  }
}

function believedUntil({ exp }: { readonly exp?: unknown }, now: number, cacheForMs: number): number {
  const left = typeof exp === 'number' ? exp * 1000 - now : cacheForMs;
  return now + Math.min(cacheForMs, Math.max(left, leastMs));
}

/** The Authorization of client_secret_basic: both halves are form-encoded first (RFC 6749 §2.3.1 and appendix B). */
export function clientAuthorization(id: string, secret: string): string {
  const encoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
  return `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString('base64')}`;
}
