/**
 * The revocation list: tokens by `jti` and subjects by `sub` that no longer count, a line each, `KIND ISSUER VALUE`. ISSUER is
 * the issuer's url as the config has it, `-` for tokens without one, `*` for all of them. VALUE is the rest of the line.
 */

import { type Refusal, refuse } from '../../gate/reasons.ts';
import { utf8TextOf } from '../../http/utf8.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';

/** Bytes that a list may have: it is read in one go, some 30 ms of all requests. */
export const mostRevocationBytes: number = 2 * 1024 * 1024;

type Kind = 'jti' | 'sub';

interface Revoked {
  readonly jti: Set<string>;
  readonly sub: Set<string>;
}

/** Who is revoked, by issuer as the list names it. */
export type Revocations = ReadonlyMap<string, { readonly [K in Kind]: ReadonlySet<string> }>;

/** A list, or what is wrong with it: `line 3 …`. Shows nothing of a line. */
export type RevocationReading = { readonly list: Revocations } | { readonly faults: readonly string[] };

/** Stands for every issuer. */
const everyIssuer = '*';
const noIssuer = '-';

/** Enough to see what went wrong with a file. */
const mostFaults = 20;

const line = /^(jti|sub) ([^ ]+) ([^ ](?:.*[^ ])?)$/;
/** A character that does not show would be a part of the value: a carriage return, a tab. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const expected = 'expected `jti ISSUER VALUE` or `sub ISSUER VALUE`, one space between them, or # before a comment';

/** Nothing is guessed: the same `sub` is another user at another issuer. */
const halfLine = /^(jti|sub) [^ ]+$/;

/** Why a line can not be taken; null where it can, and is in `list` from then on. */
function addLine(written: string, list: Map<string, Revoked>): string | null {
  if (written === '' || written.startsWith('#')) return null;
  if (unseen.test(written)) return 'holds a character that does not show';
  const [, kind, issuer = '', value = ''] = line.exec(written) ?? [];
  if (kind === undefined) {
    const [, named] = halfLine.exec(written) ?? [];
    if (named === undefined) return 'is not understood';
    return `has an issuer or a ${named}, and not both: say whose it is (its issuer's url, - for tokens without iss, * for that ${named} at every issuer)`;
  }
  const revoked = list.get(issuer) ?? { jti: new Set(), sub: new Set() };
  list.set(issuer, revoked);
  revoked[kind as Kind].add(value);
  return null;
}

/** Reads a list; every line that is no good is told, so that none is passed over in silence. */
export function readRevocations(bytes: Uint8Array): RevocationReading {
  const text = utf8TextOf(bytes);
  if (text === null) return { faults: ['is no UTF-8 text'] };
  const list = new Map<string, Revoked>();
  const faults = text.split('\n').flatMap((written, at) => {
    const fault = addLine(written, list);
    return fault === null ? [] : [`line ${at + 1} ${fault}, ${expected}`];
  });
  if (faults.length === 0) return { list };
  const more = faults.length - mostFaults;
  return { faults: more > 0 ? [...faults.slice(0, mostFaults), `${more} more lines are no better`] : faults };
}

/** Issuers that the list names and the policy does not know: nothing comes of those lines. */
export function unknownIssuers(list: Revocations, known: Iterable<string | null>): string[] {
  const names = new Set([everyIssuer, ...Array.from(known, name => name ?? noIssuer)]);
  return [...list.keys()].filter(name => !names.has(name));
}

/** A claim as the list could name it. */
function named(claim: JsonValue | undefined): string | undefined {
  return typeof claim === 'number' ? String(claim) : typeof claim === 'string' ? claim : undefined;
}

/** Looks a token of one issuer (null: of none) up: a refusal where the token or its subject is revoked. */
export function revokedOf(list: Revocations, issuer: string | null): (claims: JsonObject) => Refusal | null {
  const lists = [list.get(issuer ?? noIssuer), list.get(everyIssuer)].filter(one => one !== undefined);
  return claims => {
    for (const kind of ['jti', 'sub'] as const) {
      const value = named(claims[kind]);
      if (value !== undefined && lists.some(one => one[kind].has(value))) return refuse('token-revoked', kind);
    }
    return null;
  };
}
