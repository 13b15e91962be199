/** Words in which rows write many spellings shortly. */
import type { ReasonId } from '../../src/gate/reasons.ts';
import type { ConfigName } from '../contract/configs.ts';
import { asAlice, atHub, host } from '../contract/rows/lines.ts';
import type { RequestSpelling } from './attack.ts';

/** What a spelling may say beside its lines. */
export type Beside = Partial<Omit<RequestSpelling, 'head' | 'expect'>>;

/** The path on which the identity is written. */
export const login = '/hub/login';

/** A path that belongs to code that users write: what nobody reserves goes there as it is. */
export const server = '/user/alice/lab';

/** Text in one line, cut where it is long. */
export function shown(text: string): string {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > 60 ? `${line.slice(0, 60)}… (${text.length})` : line;
}

/** What the hub gets of a request by alice that has nothing else to say. */
export function canonical(path: string, passing: readonly string[] = []): readonly string[] {
  return atHub(`GET ${path}`, passing, path === login ? ['Remote-User: alice'] : []);
}

function named(lines: readonly string[], path: string, { name, config }: Beside): string {
  return `${name ?? lines.map(shown).join(', ')} on ${path}${config === undefined ? '' : ` (${config})`}`;
}

/** Alice's request with more lines, of which only `passing` go on. */
export function kept(
  path: string,
  lines: readonly string[],
  passing: readonly string[] = [],
  beside: Beside = {},
): RequestSpelling {
  return {
    ...beside,
    name: named(lines, path, beside),
    head: asAlice(`GET ${path}`, ...lines),
    expect: { atHub: canonical(path, passing) },
  };
}

/** Lines that go nowhere: not to the login, where the identity is read, and not to users' code. */
export function takenOff(lines: readonly string[], beside: Beside = {}): RequestSpelling[] {
  return [login, server].map(path => kept(path, lines, [], beside));
}

/** Alice's request with more lines, refused. */
export function refused(
  reason: ReasonId,
  path: string,
  lines: readonly string[],
  beside: Beside = {},
): RequestSpelling {
  return {
    ...beside,
    name: named(lines, path, beside),
    head: asAlice(`GET ${path}`, ...lines),
    expect: { refused: reason },
  };
}

/** The same without any proof. */
export function unproven(path: string, lines: readonly string[], beside: Beside = {}): RequestSpelling {
  return {
    ...beside,
    name: `without a proof: ${named(lines, path, beside)}`,
    head: [`GET ${path} HTTP/1.1`, host, ...lines],
    expect: { refused: 'credential-missing' },
  };
}

/** A login with one of the contract's tokens. */
export function byToken(token: string, reason: ReasonId, config: ConfigName = 'lab'): RequestSpelling {
  return {
    name: `the token of ${shown(token)} (${config})`,
    config,
    head: [`GET ${login} HTTP/1.1`, host, `Authorization: Bearer {${token}}`],
    expect: { refused: reason },
  };
}
