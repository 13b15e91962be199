/** Seals sessions into cookies and opens them again: with keys of ours, for this gate alone. */
import { randomBytes } from 'node:crypto';
import type { Finding } from '../../gate/lookups.ts';
import type { Session } from '../../gate/proof.ts';
import { ownText, RecentTexts } from '../../http/recent-texts.ts';
import { openText, sealText } from '../keys/signature.ts';
import { isJsonObject, type JsonObject, readJson } from '../tokens/strict-json.ts';
import { keysFor, type SessionKeys } from './session-key.ts';

/** Of a cookie's value. */
export const mostSealedCharacters: number = 3 * 1024;

/** What a session begins with; the rest of it is worked out here. */
export type Beginning = Pick<Session, 'prover' | 'issuer' | 'claims' | 'host'>;

const idBytes = 16;

/** A session that begins now, under a name that nobody has had before. */
export function beginSession(beginning: Beginning, now: number, maxAgeMs: number): Session {
  const id = randomBytes(idBytes).toString('base64url');
  return { ...beginning, id, begunAt: now, sealedAt: now, expiresAt: now + maxAgeMs };
}

/** The same session with its life before it. */
export function prolonged(session: Session, now: number, maxAgeMs: number): Session {
  return { ...session, sealedAt: now, expiresAt: now + maxAgeMs };
}

/** The same session on a user's host. */
export function atHost(session: Session, host: string, now: number, maxAgeMs: number): Session {
  return { ...prolonged(session, now, maxAgeMs), host };
}

/** Members of what is sealed, named shortly: it travels with every request. */
function write(session: Session, audience: string): string {
  const { id, prover, issuer, claims, host, begunAt, sealedAt, expiresAt } = session;
  const sealed = {
    aud: audience,
    sid: id,
    via: prover,
    iss: issuer,
    host,
    begun: begunAt,
    iat: sealedAt,
    exp: expiresAt,
  };
  return JSON.stringify({ ...sealed, claims });
}

function read(text: string, audience: string): Session | undefined {
  const value = readJson(text);
  if (!isJsonObject(value) || value['aud'] !== audience) return undefined;
  const { sid, via, iss, host, begun, iat, exp, claims } = value as Readonly<Record<string, JsonObject[string]>>;
  const texts = [sid, via, iss, host].every(one => typeof one === 'string');
  const times = [begun, iat, exp].every(one => typeof one === 'number');
  if (!texts || !times || !isJsonObject(claims)) return undefined;
  return {
    id: String(sid),
    prover: String(via),
    issuer: String(iss),
    host: String(host),
    begunAt: Number(begun),
    sealedAt: Number(iat),
    expiresAt: Number(exp),
    claims,
  };
}

/** How much is remembered, of what could be opened and of the rest. */
const bounds = {
  opened: { entries: 8192, characters: 8 * 1024 * 1024 },
  others: { entries: 2048, characters: 2 * 1024 * 1024 },
};

/** jose reads one text in many spellings (spaces, trailing bits); a session has one. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

const nothing: Finding = { what: 'session', session: undefined };
const ended: Finding = { what: 'session', session: undefined, ended: true };

/** Whether somebody has ended a session; true where that is not known. */
export type HasEnded = (session: Session) => boolean;

/** Sealed sessions of one generation. What was opened is remembered apart, so that a flood of others can not push it out. */
export class SealedSessions {
  readonly #keys: SessionKeys;
  readonly #audience: string;
  readonly #hasEnded: HasEnded;
  readonly #opened = new RecentTexts<Extract<Finding, { what: 'session' }> & { readonly session: Session }>(
    bounds.opened,
  );
  readonly #others = new RecentTexts<true>(bounds.others);
  /** By the sealed text that they take the place of: of many requests at a time all get the same one. */
  readonly #renewed = new RecentTexts<Promise<string>>({ entries: 1024, characters: 4 * 1024 * 1024 });

  /** `audience` is bound into the keys and into what is sealed: the cookie's name. */
  constructor(keys: SessionKeys, audience: string, hasEnded: HasEnded) {
    this.#keys = keysFor(keys, `session cookie ${audience}`);
    this.#audience = audience;
    this.#hasEnded = hasEnded;
  }

  /** Null where it would not fit into a cookie. */
  async seal(session: Session): Promise<string | null> {
    const [key] = this.#keys;
    if (key === undefined) throw new TypeError('a session without a key');
    const text = write(session, this.#audience);
    if (text.length > mostSealedCharacters) return null;
    const sealed = await sealText(text, key);
    return sealed.length > mostSealedCharacters ? null : sealed;
  }

  /** Never rejects. */
  async find(sealed: string): Promise<Finding> {
    const known = this.known(sealed);
    if (known !== undefined) return known;
    const session = await this.#open(sealed);
    if (session === undefined) this.#others.set(ownText(sealed), true);
    else this.#opened.set(ownText(sealed), { what: 'session', session });
    return this.known(sealed) ?? nothing;
  }

  /** What was found before; that somebody has ended it since is seen at once. */
  known(sealed: string): Finding | undefined {
    const opened = this.#opened.get(sealed);
    if (opened !== undefined) return this.#hasEnded(opened.session) ? ended : opened;
    return this.#others.get(sealed) === undefined ? undefined : nothing;
  }

  async #open(sealed: string): Promise<Session | undefined> {
    if (!sealed.split('.').every(isCanonical)) return undefined;
    for (const key of this.#keys) {
      const text = await openText(sealed, key);
      if (text !== null) return read(text, this.#audience);
    }
    return undefined;
  }

  /** The cookie that takes the place of a session's, from now on; one and the same for all that ask within a minute or so. */
  renew(session: Session, now: number, maxAgeMs: number): Promise<string> {
    const place = `${session.id} ${session.sealedAt} ${session.host}`;
    const known = this.#renewed.get(place);
    if (known !== undefined) return known;
    const sealed = this.seal(prolonged(session, now, maxAgeMs)).then(text => text ?? '');
    this.#renewed.set(place, sealed, mostSealedCharacters);
    return sealed;
  }
}
