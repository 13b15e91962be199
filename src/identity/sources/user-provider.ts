/** Asks HTTP providers what the hub must be told of a user: once at a time, bounded in every way, and kept no longer than it holds. */

import type { Finding } from '../../gate/lookups.ts';
import { type Refusal, refuse, refuseWithAudit } from '../../gate/reasons.ts';
import { readTimestamp } from '../../http/timestamp.ts';
import { userUrl } from '../../http/user-url.ts';
import { askingFault, readJsonAnswer } from '../outside-answer.ts';
import { isJsonObject, type JsonValue } from '../tokens/strict-json.ts';
import { BriefAnswers } from './brief-answers.ts';

/** One provider, and how the gate shows itself there. */
export interface UserProvider {
  /** The header that its answers are for. */
  readonly header: string;
  /** Normal, with `{user}`; may be secret. */
  readonly url: string;
  /** The whole Authorization value; secret. Null: none. */
  readonly authorization: string | null;
  /** Who signs its certificate, in PEM; null: the roots that Node comes with. */
  readonly ca: string | null;
  readonly timeoutMs: number;
  /** How long an answer is kept at most; 0: not at all. */
  readonly cacheForMs: number;
  /** Whether an answer is an object whose `expiresAt` says until when it holds. */
  readonly expires: boolean;
  /** Why an answer is of no use; null: it is. */
  readonly check: (answer: JsonValue) => Refusal | null;
}

/** One bounded GET; follows no redirect, and rejects when there is no whole answer. */
export type GetBounded = (
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly ca: string | null;
    readonly maxBytes: number;
    readonly timeoutMs: number;
  },
) => Promise<{
  readonly status: number;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly body: Uint8Array;
}>;

/** What asking needs of the outside world. */
export interface ProviderIo {
  readonly get: GetBounded;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of each question without an answer that counts, in words without anything of the user or the answer. */
  readonly onFault: (header: string, fault: string) => void;
}

const answerBytes = 16 * 1024;

/** Users who are asked about at the same time, over all providers. */
const mostAtOnce = 32;

/** So that who tries again and again does not ask a provider in trouble, or one that has nothing, each time. */
const noAnswerMs = 1000;

const nothing: Finding = { what: 'provider', answer: undefined };

type Answer = Awaited<ReturnType<GetBounded>>;

/** What an answer says; undefined: there is nothing for the user. Or why it says neither. */
type AnswerReading = { readonly answer: JsonValue | undefined } | { readonly fault: string };

function readAnswer({ status, contentType, body }: Answer): AnswerReading {
  if (status === 404) return { answer: undefined };
  if (status !== 200) return { fault: `answered with status ${status}` };
  const read = readJsonAnswer(contentType, body);
  return 'fault' in read ? read : { answer: read.value };
}

/** All providers of one policy, and what they said of late. */
export class UserProviders {
  readonly #providers: readonly UserProvider[];
  readonly #io: ProviderIo;
  readonly #answers: BriefAnswers<Finding>;
  readonly #running = new Map<string, Promise<Finding>>();

  constructor(providers: readonly UserProvider[], io: ProviderIo) {
    this.#providers = providers;
    this.#io = io;
    this.#answers = new BriefAnswers({ entries: 4096, bytes: 8 * 1024 * 1024 }, io.now);
  }

  /** What the header's provider says of a user. Never rejects. */
  find(header: string, user: string): Promise<Finding> {
    const provider = this.#providers.find(one => one.header === header);
    if (provider === undefined) return Promise.resolve(refuse('internal-error', 'a provider of nobody'));
    const key = `${header}:${user}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    if (this.#running.size >= mostAtOnce)
      return Promise.resolve(refuse('data-unavailable', 'too many users are being asked about'));
    const asking = this.#ask(provider, user, key).finally(() => this.#running.delete(key));
    this.#running.set(key, asking);
    return asking;
  }

  /** Forgets what was said, and keeps nothing any more. */
  close(): void {
    this.#answers.close();
  }

  async #ask(provider: UserProvider, user: string, key: string): Promise<Finding> {
    const url = userUrl(provider.url, user);
    if (url === null) return refuse('data-invalid', 'the user name can not be part of a URL');
    const { authorization, ca, timeoutMs } = provider;
    const headers = { Accept: 'application/json', ...(authorization === null ? {} : { Authorization: authorization }) };
    try {
      const answer = await this.#io.get(url, { headers, ca, maxBytes: answerBytes, timeoutMs });
      const reading = readAnswer(answer);
      if ('fault' in reading) return this.#fault(provider, key, reading.fault);
      return this.#take(provider, key, reading.answer, answer);
    } catch (error) {
      return this.#fault(provider, key, askingFault(error));
    }
  }

  #take(provider: UserProvider, key: string, answer: JsonValue | undefined, { cacheControl, body }: Answer): Finding {
    const now = this.#io.now();
    if (answer === undefined) return this.#keep(key, nothing, now + noAnswerMs, 0);
    // A wrong answer is not kept: it is mended as soon as the provider is.
    const wrong = provider.check(answer);
    if (wrong !== null) return wrong;
    const keeps = !/\bno-store\b/i.test(cacheControl);
    const until = keeps ? keptUntil(answer, provider, now) : now;
    return this.#keep(key, { what: 'provider', answer }, until, body.byteLength);
  }

  #keep(key: string, finding: Finding, until: number, bytes: number): Finding {
    this.#answers.set(key, finding, until, bytes);
    return finding;
  }

  #fault({ header }: UserProvider, key: string, fault: string): Finding {
    this.#io.onFault(header, fault);
    const refusal = refuseWithAudit('data-unavailable', `the provider for ${header} ${spoken(fault)}`);
    return this.#keep(key, refusal, this.#io.now() + noAnswerMs, 0);
  }
}

/** `answered with status 500` stands behind a subject; a code does not. */
function spoken(fault: string): string {
  return fault.startsWith('answered') ? fault : `can not be asked: ${fault}`;
}

function keptUntil(answer: JsonValue, { expires, cacheForMs }: UserProvider, now: number): number {
  const until = now + cacheForMs;
  if (!expires || !isJsonObject(answer) || !('expiresAt' in answer)) return until;
  return Math.min(until, readTimestamp(answer['expiresAt']) ?? now);
}
