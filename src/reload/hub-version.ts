/** Keeps the hub's version known, off the way of requests, and puts the policy in force that belongs to it. */
import type { HubConfig } from '../config/sections/hub.ts';
import type { InForce } from '../doors/judge.ts';
import type { Policy } from '../gate/policy.ts';
import type { HubVersion } from '../hub/version.ts';
import { policyFor } from '../hub/workarounds.ts';
import type { AuditRecord } from '../observe/audit.ts';

/** What the watch needs. */
export interface HubVersionOptions {
  /** Asks the hub that is in force now; null where it does not say. Never rejects. */
  readonly ask: () => Promise<HubVersion | null>;
  /** Told of every version that is another than the one before, and of its loss. */
  readonly onChange: (version: HubVersion | null) => void;
  /** Runs once later; gives what calls that off. */
  readonly later: (run: () => void, ms: number) => () => void;
}

/** A hub that is changed restarts, which requests notice; this is for the hub that nobody asks anything meanwhile. */
const againMs = 60_000;
/** While it is not known, every work-around is on. */
const retryMs = 5_000;
/** However many requests fail. */
const leastMs = 1_000;

const hubPages: ReadonlySet<string | undefined> = new Set(['hub', 'other']);
/** What the hub's own proxy says while the hub behind it is gone; the hub says so of a server as well. */
const unavailable = 503;

/** The version of the hub, as far as it is known. */
export class HubVersionWatch {
  readonly #options: HubVersionOptions;
  #version: HubVersion | null = null;
  /** Counts what makes an answer that is under way worth nothing. */
  #doubts = 0;
  #isAsking = false;
  /** It is to be asked within leastMs, or when the answer under way is here. */
  #isSoon = false;
  #callOff: () => void = () => undefined;
  #isClosed = false;

  constructor(options: HubVersionOptions) {
    this.#options = options;
  }

  /** Null: not known. */
  get current(): HubVersion | null {
    return this.#version;
  }

  /** Asks for the first time. */
  start(): void {
    void this.#ask();
  }

  /** A hub that could not be reached may be another when it is back. */
  noticed({ refusal, status, placeClass }: Pick<AuditRecord, 'refusal' | 'status' | 'placeClass'>): void {
    if (!hubPages.has(placeClass)) return;
    if (refusal?.reason === 'hub-unreachable') this.#doubt();
    else if (refusal === undefined && status === unavailable) this.#askSoon();
  }

  /** Another generation may name another hub. */
  follow(now: HubConfig, before: HubConfig): void {
    const where = ({ address, tls, baseUrl }: HubConfig): string => JSON.stringify([address, tls, baseUrl]);
    if (where(now) !== where(before)) this.#doubt();
  }

  close(): void {
    this.#isClosed = true;
    this.#callOff();
  }

  #doubt(): void {
    this.#doubts += 1;
    this.#settle(null);
    this.#askSoon();
  }

  #settle(version: HubVersion | null): void {
    if (version?.text === this.#version?.text) return;
    this.#version = version;
    this.#options.onChange(version);
  }

  #askSoon(): void {
    // Put off again and again, it would never be asked.
    if (this.#isSoon) return;
    this.#isSoon = true;
    if (!this.#isAsking) this.#askIn(leastMs);
  }

  #askIn(ms: number): void {
    this.#callOff();
    if (!this.#isClosed) this.#callOff = this.#options.later(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    this.#isSoon = false;
    const doubts = this.#doubts;
    const version = await this.#options.ask();
    this.#isAsking = false;
    if (this.#isClosed) return;
    if (doubts === this.#doubts) this.#settle(version);
    const restMs = version === null ? retryMs : againMs;
    this.#askIn(this.#isSoon ? leastMs : restMs);
  }
}

/** Caches and open connections hang on the policy, so that a version which changes nothing makes no other one. */
function fittedTo(now: InForce, version: HubVersion | null, before: InForce | undefined): InForce {
  const policy = policyFor(now.policy, version);
  if (policy === now.policy) return now;
  const said = ({ workarounds }: Policy): string => JSON.stringify(workarounds);
  return before !== undefined && said(before.policy) === said(policy) ? before : { ...now, policy };
}

/** What is in force, with the policy for the hub's version; the same object until either becomes another. */
export function inForceForHub(inForce: () => InForce, watch: Pick<HubVersionWatch, 'current'>): () => InForce {
  let whole: InForce | undefined;
  let version: HubVersion | null = null;
  let fitted: InForce | undefined;
  return () => {
    const now = inForce();
    const isOthers = now !== whole;
    if (fitted !== undefined && !isOthers && watch.current === version) return fitted;
    fitted = fittedTo(now, watch.current, isOthers ? undefined : fitted);
    whole = now;
    version = watch.current;
    return fitted;
  };
}
