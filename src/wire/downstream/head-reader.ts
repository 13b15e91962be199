/** Reads clients' heads: found where their fields came before, else by the strict grammar; what can not become one is told at once. */
import type { ReasonId } from '../../gate/reasons.ts';
import { headEnd, mayGoOn } from '../message/field-lines.ts';
import { RecentHeads } from '../message/recent-heads.ts';
import { endOfHead, parseRequestHead, type RequestHead, strayEnd, unfinishedFault } from '../message/request-head.ts';
import type { WaitingBytes } from './waiting-bytes.ts';

/** Room above limits.headerBytes, so that the gate's own 431 answers, which knows the limits' names. */
const headMargin = 16 * 1024;

const nothing = Buffer.alloc(0);

/** Why bytes are no head. */
export interface HeadFault {
  readonly reason: ReasonId;
  readonly detail: string;
}

/** A head, and the bytes behind it. */
export interface HeadRead {
  readonly head: RequestHead;
  readonly rest: Buffer;
}

const ambiguous = (detail: string): HeadFault => ({ reason: 'request-ambiguous', detail });
const tooLarge: HeadFault = { reason: 'headers-too-large', detail: '' };

/** For all connections of a front: behind an ingress a user's requests come on any of them. */
export class HeadReader {
  readonly #most: number;
  readonly #recent = new RecentHeads();

  /** `headerBytes`: limits.headerBytes, which the gate holds to the byte. */
  constructor(headerBytes: number) {
    this.#most = headerBytes + headMargin;
  }

  /** The head that `bytes` begin with; null while it is not whole. */
  read(bytes: Buffer): HeadRead | HeadFault | null {
    const known = bytes.length > this.#most ? null : this.#recent.find(bytes);
    if (known !== null) return { head: known, rest: nothing };
    const text = this.#textOf(bytes);
    const end = endOfHead(text);
    if (end === -1) return this.#unfinished(bytes, text);
    const head = parseRequestHead(text, end);
    if (typeof head === 'string') return ambiguous(head);
    const rest = bytes.subarray(end + headEnd.length);
    if (rest.length === 0) this.#recent.keep(bytes, head);
    return { head, rest };
  }

  /** What `added` bytes at the end make of a head that waits; what was looked at before is not again. */
  grow(waiting: WaitingBytes, added: number): 'whole' | HeadFault | null {
    const text = waiting.tail(added + headEnd.length - 1).toString('latin1');
    if (text.includes(headEnd)) return 'whole';
    if (!mayGoOn(text, 1)) return ambiguous(strayEnd);
    return waiting.length >= this.#most ? tooLarge : null;
  }

  /** Whether `bytes` are one request, whose body goes on behind them. */
  isPartOfOne(bytes: Buffer): boolean {
    const text = this.#textOf(bytes);
    const end = endOfHead(text);
    const head = end === -1 ? '' : parseRequestHead(text, end);
    if (typeof head === 'string' || !head.framing.ok) return false;
    const { body } = head.framing;
    return body.kind === 'chunked' || (body.kind === 'length' && end + body.bytes > bytes.length);
  }

  #textOf(bytes: Buffer): string {
    return bytes.toString('latin1', 0, Math.min(bytes.length, this.#most));
  }

  #unfinished(bytes: Buffer, text: string): HeadFault | null {
    const fault = unfinishedFault(text);
    if (fault !== null) return ambiguous(fault);
    return bytes.length >= this.#most ? tooLarge : null;
  }
}
