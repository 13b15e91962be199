/** Writes the head that goes to the hub, and refuses one that could be read as anything else than it is: the last line before the wire. */
import { type FieldLine, isToken } from '../../http/field.ts';
import { remembering } from '../../http/recent-texts.ts';
import { hasLength, requestHeadText } from '../message/head-text.ts';
import type { HubRequest } from './hub-request.ts';

const notInTarget = /[^\x21-\x7e\x80-\xff]/;
const notLatin1 = /[^\0-\xff]/;
const lengthPattern = /^[0-9]{1,15}$/;

/** Fields that the wire writes itself. */
const wiresOwn: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What a name is to the wire: one of these, or null where it may not stand. */
type Role = 'host' | 'content-length' | 'plain';

function roleOf(name: string): Role | null {
  const lower = name.toLowerCase();
  if (!isToken(name) || wiresOwn.has(lower)) return null;
  return lower === 'host' || lower === 'content-length' ? lower : 'plain';
}

const roles = remembering(roleOf, { entries: 1024, characters: 32 * 1024 });

function linesFault(fields: readonly FieldLine[]): string | null {
  let hosts = 0;
  let lengths = 0;
  for (const [name, value] of fields) {
    const role = roles(name);
    if (role === null) return 'a field name is no token, or not for a door to write';
    if (role === 'host') hosts += 1;
    else if (role === 'content-length') {
      lengths += 1;
      if (!lengthPattern.test(value)) return 'Content-Length is not a number';
    }
  }
  if (hosts !== 1) return 'not exactly one Host';
  return lengths > 1 ? 'more than one Content-Length' : null;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}

/** Whether the text has as many lines as were put into it, and nothing that a server might take for the end of one. */
function endsWhereItShould(text: string, lines: number): boolean {
  return (
    countOf(text, '\n') === lines && countOf(text, '\r') === lines && !text.includes('\0') && !notLatin1.test(text)
  );
}

const none: readonly FieldLine[] = [];
const chunkedLines: readonly FieldLine[] = [['Transfer-Encoding', 'chunked']];
const switchLines: readonly FieldLine[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
];

/** Whether the body goes up in chunks, because nobody knows its length. */
export function isChunked({ body, fields }: Pick<HubRequest, 'body' | 'fields'>): boolean {
  return body === 'stream' && !hasLength(fields);
}

/** The lines that the wire adds. */
export function wireLines(protocol: HubRequest['protocol'], chunked: boolean): readonly FieldLine[] {
  if (chunked) return chunkedLines;
  return protocol === 'websocket' ? switchLines : none;
}

/** The head of a request, or why it must not be sent. `own` are the lines that the wire adds. */
export type OutboundHead =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly fault: string };

/** `fields` hold Host, and Content-Length where it is known. */
export function writeOutboundHead(
  {
    method,
    target,
    fields,
  }: { readonly method: string; readonly target: string; readonly fields: readonly FieldLine[] },
  own: readonly FieldLine[],
): OutboundHead {
  const refused = (fault: string): OutboundHead => ({ ok: false, fault });
  if (!isToken(method) || method === 'CONNECT') return refused('the method is not a token');
  if (!target.startsWith('/') || notInTarget.test(target)) return refused('the target is not in origin-form');
  const fault = linesFault(fields);
  if (fault !== null) return refused(fault);
  const all = own.length === 0 ? fields : [...fields, ...own];
  const text = requestHeadText(method, target, all);
  return endsWhereItShould(text, all.length + 2) ? { ok: true, text } : refused('a field value ends a line');
}
