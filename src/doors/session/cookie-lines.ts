/** The gate's own Set-Cookie lines, and how one is put on an answer. */
import type { SessionRules } from '../../gate/policy.ts';
import { sharing } from '../../http/cache-control.ts';
import type { FieldLine } from '../../http/field.ts';
import type { Judgement } from '../judge.ts';

/** In a frame each site has cookies of its own (CHIPS): another's page gets none of them sent. */
function sentBy(frames: SessionRules['frames']): string {
  return frames === null ? 'SameSite=Lax' : 'SameSite=None; Partitioned';
}

/** A cookie that is no proof of anything and lives that long: not Secure where it need not be, so that it is there where that is what is wrong. */
export function plainCookieLine(name: string, value: string, seconds: number, { frames }: SessionRules): FieldLine {
  const rest = attributes({ secure: frames !== null, frames });
  return ['Set-Cookie', `${name}=${value}; Max-Age=${seconds}; ${rest}`];
}

/** Who may send it along, and where (RFC 6265bis §4.1.2). Without Max-Age it ends with the browser. */
function attributes({ secure, frames }: Pick<SessionRules, 'secure' | 'frames'>): string {
  return `Path=/; HttpOnly; ${secure ? 'Secure; ' : ''}${sentBy(frames)}`;
}

/** A cookie of the gate's. */
export function cookieLine(name: string, value: string, rules: SessionRules): FieldLine {
  return ['Set-Cookie', `${name}=${value}; ${attributes(rules)}`];
}

const longPast = 'Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT';

/** The same name without a value, long past. */
export function expiredLine(name: string, rules: SessionRules): FieldLine {
  return ['Set-Cookie', `${name}=; ${longPast}; ${attributes(rules)}`];
}

const fromAnywhere = 'Path=/; HttpOnly; Secure; SameSite=None';

/** A cookie that comes with another site's form too; '' takes it back. */
export function guestLine(name: string, value: string): FieldLine {
  return ['Set-Cookie', `${name}=${value}; ${value === '' ? `${longPast}; ` : ''}${fromAnywhere}`];
}

/**
 * The session cookie of a browser that is handed over. One from before `embed` goes: a browser sends both, and a repeat counts as none. Frames
 * of other sites can not touch it, as it is SameSite=Lax, and need not: they do not have it.
 */
export function sessionLines(sealed: string, rules: SessionRules): FieldLine[] {
  const earlier = rules.frames === null ? [] : [expiredLine(rules.cookieName, { ...rules, frames: null })];
  return [...earlier, cookieLine(rules.cookieName, sealed, rules)];
}

/** A line for an answer that may take long. */
export interface TurnedCookie {
  readonly line: FieldLine;
  /** False once the browser may have a newer cookie, or none: its session was ended meanwhile. */
  readonly stands: () => boolean;
}

const always = (): boolean => true;

/** What a decision does with the session cookie, as a line for its answer; null: nothing. Sealing takes a moment. */
export function turnedCookie(
  { settled, policy, sessions }: Judgement,
  now: number,
): TurnedCookie | null | Promise<TurnedCookie | null> {
  const { cookie } = settled;
  const { session: rules } = policy;
  if (cookie === undefined || rules === undefined || sessions === undefined) return null;
  if (cookie.turn === 'expire') return { line: expiredLine(rules.cookieName, rules), stands: always };
  if (settled.kind === 'refuse') return null;
  const { id } = cookie.session;
  const stands = (): boolean => !sessions.store.hasEnded(id);
  const renewed = sessions.sealed.renew(cookie.session, now, rules.maxAgeMs);
  return renewed.then(sealed => (sealed === '' ? null : { line: cookieLine(rules.cookieName, sealed, rules), stands }));
}

/** Adds a cookie to an answer, unless a cache that others ask as well may keep the answer (RFC 9111 §5.2.2, §7.3). */
export function withCookie(fields: FieldLine[], line: FieldLine): void {
  const said = sharing(fields);
  if (said === 'shared') return;
  if (said === 'unsaid') fields.push(['Cache-Control', 'private']);
  fields.push(line);
}
