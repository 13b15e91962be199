/** Requests of every kind, as bytes. */
import { publicHost } from '../../gates/lab.ts';
import type { Chance } from '../chance.ts';
import { content } from '../content.ts';
import { nameOf, type Ticket } from '../ledger.ts';
import type { Stage } from './scene.ts';

/** How a body is framed. */
export type Framing = 'none' | 'length' | 'chunked';

const streamed = ['POST', 'PUT', 'PATCH', 'PROPFIND', 'REPORT', 'MKCOL'] as const;
const measured = ['GET', 'HEAD', 'DELETE', 'OPTIONS'] as const;
const mostMeasured = 64 * 1024;

/** Fields that no client may speak for; the gate takes them out. */
const spoofs = [
  'Remote-User: root\r\n',
  'remote_user: root\r\n',
  'REMOTE-USER: root\r\nRemote-User: admin\r\n',
  'X-Lab-User: root\r\n',
  'X-Forwarded-For: 127.0.0.1\r\nX-Lab-User: root\r\n',
];

/** A head without its empty line. */
export function headOf(method: string, target: string, token: string | null, more = '', version = '1.1'): string {
  const credential = token === null ? '' : `Authorization: Bearer ${token}\r\n`;
  return `${method} ${target} HTTP/${version}\r\nHost: ${publicHost}\r\n${credential}${more}`;
}

/** The target of a request for that ticket; `act` is what the hub does with it. */
export function targetOf({ number, user, login }: Ticket, act: string, framing = 'length'): string {
  const path = login ? '/hub/login' : `/user/${user}/soak`;
  return `${path}?n=${number}&do=${encodeURIComponent(act)}&framing=${framing}`;
}

function chunked(body: Buffer, chance: Chance): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, chance.between(1, chance.oneIn(3) ? 200 : 70_000));
    const extension = chance.oneIn(6) ? ';name=value' : '';
    parts.push(Buffer.from(`${size.toString(16)}${extension}\r\n`), body.subarray(at, at + size), Buffer.from('\r\n'));
    at += size;
  }
  parts.push(Buffer.from(chance.oneIn(6) ? '0\r\nX-Trailer: value\r\n\r\n' : '0\r\n\r\n'));
  return Buffer.concat(parts);
}

/** A body with its framing fields. */
export function framed(body: Buffer, framing: Framing, chance: Chance): { fields: string; bytes: Buffer } {
  if (framing === 'none') return { fields: '', bytes: Buffer.alloc(0) };
  if (framing === 'length') return { fields: `Content-Length: ${body.length}\r\n`, bytes: body };
  return { fields: 'Transfer-Encoding: chunked\r\n', bytes: chunked(body, chance) };
}

/** A request that can be sent. */
export type Written = { readonly ticket: Ticket; readonly bytes: Buffer; readonly head: boolean };

/** A token that holds, and whose it is. */
export function anybody({ chance, credentials }: Stage): { user: string; token: string } {
  const user = chance.pick(credentials.users);
  return { user, token: credentials.good.get(user) ?? '' };
}

/** Mostly short; sometimes longer than a gate waits that is in a hurry. */
function thought(chance: Chance): number {
  return chance.oneIn(8) ? chance.between(500, 1500) : chance.below(200);
}

/** Any request that the gate should forward and the hub answer well. */
export function anyRequest(stage: Stage, acts: readonly string[]): Written {
  const { chance, ledger } = stage;
  const { user, token } = anybody(stage);
  const login = chance.oneIn(8);
  const method = login ? 'GET' : chance.pick(chance.oneIn(2) ? streamed : measured);
  const isMeasured = (measured as readonly string[]).includes(method);
  const framing: Framing = login || (isMeasured && !chance.oneIn(3)) ? 'none' : chance.pick(['length', 'chunked']);
  const size = framing === 'none' ? 0 : chance.size();
  const bodyBytes = isMeasured ? Math.min(size, mostMeasured) : size;
  const ticket = ledger.open({ user, login, bodyBytes, answerBytes: chance.size(), thinkMs: thought(chance) });
  const { fields, bytes } = framed(content(nameOf.up(ticket), bodyBytes), framing, chance);
  const spoof = chance.oneIn(4) ? chance.pick(spoofs) : '';
  const target = targetOf(ticket, chance.pick(acts), chance.pick(['length', 'chunked']));
  const head = headOf(method, target, token, `${spoof}${fields}`);
  return { ticket, bytes: Buffer.concat([Buffer.from(`${head}\r\n`), bytes]), head: method === 'HEAD' };
}

/** A GET without a body, of which many fit into one piece. */
export function smallRequest(stage: Stage): Written {
  const { user, token } = anybody(stage);
  const ticket = stage.ledger.open({ user, answerBytes: stage.chance.below(2000) });
  const bytes = Buffer.from(`${headOf('GET', targetOf(ticket, 'answer'), token)}\r\n`);
  return { ticket, bytes, head: false };
}
