/** Tokens of the hub for users who have proved themselves: minted by the hub's API, short-lived, each for one purpose (design 4.7). */

import { type Clock, later, type Moment, mayBePast, momentIn, never } from '../clock.ts';
import type { Finding, MintedTokenLookup, TokenPurpose } from '../gate/lookups.ts';
import { type ReasonId, type Refusal, refuse } from '../gate/reasons.ts';
import type { OutstandingTokens } from './outstanding-tokens.ts';
import { type ApiAnswer, type HubApi, textOf } from './rest-api.ts';
import type { HubVersion } from './version.ts';

/** What the config says of exchange. */
export interface ExchangeRules {
  /** Admins of the hub may do on its API what they may do with their browsers. */
  readonly admins: boolean;
  readonly createUsers: boolean;
  /** For the hub's API; empty: see `apiScopes`. */
  readonly scopes: readonly string[];
  readonly lifetimeMs: number;
}

/** What `MintedTokens` needs. */
export interface MintedTokensOptions {
  readonly api: HubApi;
  /** Null where the hub does not say. Never rejects. */
  readonly version: () => Promise<HubVersion | null>;
  readonly rules: ExchangeRules;
  /** Learns of each that is minted. */
  readonly outstanding: OutstandingTokens;
  readonly clock: Clock;
}

interface Minted {
  readonly hubUser: string;
  /** Undefined while the hub is asked. */
  finding: Finding | undefined;
  readonly settled: Promise<Finding>;
  /** Until when it is given out. */
  until: Moment;
}

type Mint = { readonly token: string; readonly until: Moment } | Refusal;

const mostRemembered = 4096;
const refusedMs = 5_000;
/** A hub may be replaced by another of its versions. */
const versionMs = 60_000;
/** A login takes as long as the hub's answer. */
const loginMs = 60_000;
/** Not given out so close to its end: the hub still has to read it. */
const marginMs = 5_000;
const marginPart = 0.1;

/** Beyond these, a name could say more than one thing in a scope's filter. */
const plainName = /^[^\s!=,/%]+$/;

const isUnclear = ({ status }: ApiAnswer): boolean => status === 403 || status === 404;

function readMinted(answer: ApiAnswer): ApiAnswer | Refusal {
  if (answer.status === 200 || answer.status === 201) return answer;
  return answer.status === 400
    ? refuse('not-allowed', 'the user does not hold the scopes at the hub')
    : refuse('exchange-failed', `the hub answered ${answer.status} to a request for a token`);
}

/** A storm of requests is one question; whoever logs in meanwhile, or a hub that is there again, is not kept waiting. */
const remembered: ReadonlySet<ReasonId> = new Set(['not-allowed', 'exchange-failed']);

const cannotAsk = (error: unknown): Refusal =>
  refuse(
    'hub-unreachable',
    `the hub could not be asked for a token${error instanceof Error ? `: ${error.message}` : ''}`,
  );

/**
 * What `self` stands for, less `tokens`: the hub holds the scopes of a new token against its owner's, not against those of the token
 * that asks for it, so an admin's would make one that can do everything, for ever.
 */
const ownThings = ['read:users!user', 'read:tokens!user', 'users:activity!user', 'servers!user', 'access:servers!user'];
const ownShares = ['users:shares!user', 'read:shares!user'];
const sharesSince = 5;

/** `inherit` is all that the user may (JupyterHub's scopes). */
function apiScopes({ scopes, admins }: ExchangeRules, { release }: HubVersion): readonly string[] {
  if (scopes.length > 0) return scopes;
  if (admins) return ['inherit'];
  return release[0] < sharesSince ? ownThings : [...ownThings, ...ownShares];
}

/** Scopes came with JupyterHub 2, but before 3 a request for a token could not name any, and was given all that its user can. */
function takesScopes({ release }: HubVersion): boolean {
  return release[0] >= 3;
}

const unknownVersion = refuse('hub-unreachable', 'the hub does not say its version');

/** No login helps, as there is none without the user. */
const unknownAtLogin = refuse(
  'hub-user-unknown',
  'this authenticator wants one of the first login, too: put the name on its whitelist, or set exchange.createUsers',
);

/** Of one generation: rules and the hub are the same for all. */
export class MintedTokens {
  readonly #options: MintedTokensOptions;
  readonly #minted = new Map<string, Minted>();
  #version: { readonly said: Promise<HubVersion | null>; readonly until: Moment } | undefined;

  constructor(options: MintedTokensOptions) {
    this.#options = options;
  }

  /** What need not be asked for. */
  known({ key }: MintedTokenLookup): Finding | undefined {
    const minted = this.#minted.get(key);
    return minted === undefined || mayBePast(minted.until, this.#options.clock) ? undefined : minted.finding;
  }

  /** The token for a purpose; requests for the same one wait for the same answer. Never rejects. */
  find(lookup: MintedTokenLookup): Promise<Finding> {
    if (lookup.purpose.kind === 'login') return this.#forLogin(lookup);
    const before = this.#minted.get(lookup.key);
    if (before !== undefined && !mayBePast(before.until, this.#options.clock)) return before.settled;
    const settled = this.#mint(lookup).catch(cannotAsk);
    const minted: Minted = {
      hubUser: lookup.hubUser,
      finding: undefined,
      settled: settled.then(mint => this.#settle(minted, mint)),
      until: never,
    };
    this.#minted.delete(lookup.key);
    const oldest = this.#minted.keys().next();
    if (this.#minted.size >= mostRemembered && oldest.done === false) this.#minted.delete(oldest.value);
    this.#minted.set(lookup.key, minted);
    return minted.settled;
  }

  /** Each login has one of its own, so that the end of one does not take another's away. */
  async #forLogin(lookup: MintedTokenLookup): Promise<Finding> {
    const mint = await this.#mint(lookup).catch(cannotAsk);
    return 'reason' in mint ? mint : { what: 'minted-token', token: mint.token };
  }

  /** Forgets the user's tokens, those under way as well, and takes them back at the hub. Never rejects. */
  async revoke(hubUser: string): Promise<void> {
    const all = [...this.#minted].filter(([, minted]) => minted.hubUser === hubUser);
    for (const [key] of all) this.#minted.delete(key);
    await Promise.all(all.map(([, { settled }]) => settled));
    await this.#options.outstanding.takeBackAll(hubUser);
  }

  #settle(minted: Minted, mint: Mint): Finding {
    const isRefused = 'reason' in mint;
    minted.until = isRefused ? this.#refusedUntil(mint) : mint.until;
    minted.finding = isRefused ? mint : { what: 'minted-token', token: mint.token };
    return minted.finding;
  }

  #refusedUntil({ reason }: Refusal): Moment {
    return momentIn(remembered.has(reason) ? refusedMs : 0, this.#options.clock);
  }

  /** One that it does not say is asked for again by the next who needs it. */
  async #hubVersion(): Promise<HubVersion | null> {
    const { clock, version: ask } = this.#options;
    if (this.#version === undefined || mayBePast(this.#version.until, clock))
      this.#version = { said: ask(), until: momentIn(versionMs, clock) };
    const asked = this.#version;
    const version = await asked.said;
    if (version === null && this.#version === asked) this.#version = undefined;
    return version;
  }

  async #mint(lookup: MintedTokenLookup): Promise<Mint> {
    const version = await this.#hubVersion();
    if (version === null) return unknownVersion;
    const scopes = takesScopes(version)
      ? await this.#scopesFor(lookup.purpose, version)
      : await this.#withoutScopes(lookup);
    if (scopes !== null && 'reason' in scopes) return scopes;
    const mostMs = lookup.purpose.kind === 'login' ? loginMs : this.#options.rules.lifetimeMs;
    const { clock } = this.#options;
    const asked = momentIn(0, clock);
    const seconds = Math.max(1, Math.floor(Math.min(mostMs, lookup.until - asked.wall) / 1000));
    const answer = await this.#ask(lookup, { seconds, scopes });
    if ('reason' in answer) return answer;
    const token = textOf(answer.json, 'token');
    if (token === undefined) return refuse('exchange-failed', 'the hub answered without a token');
    const id = textOf(answer.json, 'id');
    const owner = await this.#options.api.ownerOf(token);
    if (owner !== lookup.hubUser) {
      if (id !== undefined) await this.#options.api.revoke(lookup.hubUser, id).catch(() => undefined);
      return refuse('exchange-failed', "the hub's token is not the user's");
    }
    const lifeMs = seconds * 1000;
    if (id !== undefined) this.#note(lookup, { token, id, until: later(asked, lifeMs) });
    return { token, until: later(asked, lifeMs - Math.min(marginMs, lifeMs * marginPart)) };
  }

  #note(
    { hubUser, purpose }: MintedTokenLookup,
    { token, id, until }: { readonly token: string; readonly id: string; readonly until: Moment },
  ): void {
    const { api, outstanding } = this.#options;
    outstanding.note(token, {
      hubUser,
      once: purpose.kind === 'login',
      until,
      takeBack: () => api.revoke(hubUser, id),
    });
  }

  async #scopesFor(purpose: TokenPurpose, version: HubVersion): Promise<readonly string[] | Refusal> {
    if (purpose.kind === 'api') return apiScopes(this.#options.rules, version);
    // The plugin asks whose it is, and no more.
    if (purpose.kind === 'login') return ['read:users:name!user'];
    if (!plainName.test(purpose.owner)) return refuse('not-allowed', 'no scope can name the owner of that path');
    if (purpose.kind === 'service') return [`access:services!service=${purpose.owner}`];
    return [`access:servers!server=${purpose.owner}/${await this.#serverAt(purpose.owner, purpose.segment)}`];
  }

  /** The named server that a path leads to, '' for the default one: only the hub knows which it is. */
  async #serverAt(owner: string, segment: string): Promise<string> {
    if (segment === '' || !plainName.test(segment)) return '';
    const model = await this.#options.api.user(owner);
    return typeof model === 'object' && model.servers.has(segment) ? segment : '';
  }

  /** There every token can do all that its user can. */
  async #withoutScopes({ hubUser, purpose }: MintedTokenLookup): Promise<null | Refusal> {
    // It goes to the hub alone, and is taken back with the answer.
    if (purpose.kind === 'login') return null;
    if (purpose.kind !== 'api')
      return refuse('not-allowed', 'the hub is older than 3.0: its tokens can not be kept to one server or service');
    if (this.#options.rules.admins) return null;
    const model = await this.#options.api.user(hubUser);
    return typeof model === 'object' && model.admin
      ? refuse('not-allowed', 'the user is an admin of the hub, and exchange.admins is false')
      : null;
  }

  async #ask(
    { hubUser, purpose }: MintedTokenLookup,
    wanted: { readonly seconds: number; readonly scopes: readonly string[] | null },
  ): Promise<ApiAnswer | Refusal> {
    const { api, rules } = this.#options;
    const first = await api.mint(hubUser, wanted);
    // The hub answers 403 or 404 both to a service without the right and for a user that it does not have.
    if (!isUnclear(first) || (await api.user(hubUser)) !== 'unknown') return readMinted(first);
    if (!rules.createUsers) return purpose.kind === 'login' ? unknownAtLogin : refuse('hub-user-unknown');
    if (!(await api.createUser(hubUser))) return refuse('exchange-failed', 'the hub would not make the user');
    return readMinted(await api.mint(hubUser, wanted));
  }
}
