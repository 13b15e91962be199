/** Fields that come again byte for byte are not read again: what they say hangs on their bytes alone. */
import { ownBytes } from '../../http/own-bytes.ts';
import type { RequestHead } from './request-head.ts';
import { readRequestLine } from './request-line.ts';

const lf = 0x0a;

/** Reading fewer fields anew costs less than finding them. */
const smallest = 128;

const largest = 16 * 1024;

/** One byte of so many is looked at before all of them are compared; a prime, because texts have periods. */
const stride = 7;

/** Of each half: some hundreds of heads. More of them are slower to find in memory than to read, and hold up the collector. */
const mostBytes = 512 * 1024;

/** Marks of heads that came; a second one in the same place pushes the first out. */
const seenPlaces = 4 * 1024;

/** Heads that come again after more others than these would be pushed out before they are found. */
const soon = 512;

interface Known {
  /** Everything behind the request line. */
  readonly fieldBytes: Buffer;
  readonly head: RequestHead;
}

/** Says that two texts differ; that they are the same it can not say. */
function markOf(bytes: Buffer, from: number): number {
  let mark = bytes.length - from;
  for (let at = from; at < bytes.length; at += stride) mark = (Math.imul(mark, 31) + (bytes[at] ?? 0)) | 0;
  return mark;
}

/**
 * Heads of HTTP/1.1 that were all of a read, by the bytes behind the request line. They are kept when they come a second time,
 * and soon, so that a stream of heads that do not come again, or by turns of very many, costs a look each; bounded in two
 * halves, as `RecentTexts`.
 */
export class RecentHeads {
  #young = new Map<number, Known>();
  #old = new Map<number, Known>();
  #youngBytes = 0;
  readonly #seen = new Int32Array(seenPlaces);
  /** The turn at which each mark was seen. */
  readonly #seenAt = new Int32Array(seenPlaces);
  /** Heads that were read. */
  #turn = 0;

  /** The head that `bytes` are, if its fields came before; null where it has to be read. */
  find(bytes: Buffer): RequestHead | null {
    const from = bytes.indexOf(lf) + 1;
    const length = bytes.length - from;
    if (from === 0 || length < smallest || length > largest) return null;
    const known = this.#knownBy(markOf(bytes, from));
    if (known?.fieldBytes.length !== length || bytes.compare(known.fieldBytes, 0, length, from) !== 0) return null;
    const line = readRequestLine(bytes.toString('latin1', 0, from));
    // Of CONNECT and HTTP/1.0 the same fields say something else.
    if (typeof line === 'string' || line.method === 'CONNECT' || line.httpVersion === '1.0') return null;
    const { fields, framing, persists, expectsContinue, asksToSwitch } = known.head;
    const { method, target, httpVersion } = line;
    return { method, target, httpVersion, fields, recurs: true, framing, persists, expectsContinue, asksToSwitch };
  }

  /** `bytes` are the whole of `head`. */
  keep(bytes: Buffer, head: RequestHead): void {
    const from = bytes.indexOf(lf) + 1;
    const length = bytes.length - from;
    if (length < smallest || length > largest || head.method === 'CONNECT' || head.httpVersion === '1.0') return;
    const mark = markOf(bytes, from);
    const place = mark & (seenPlaces - 1);
    this.#turn = (this.#turn + 1) | 0;
    const isSoon = this.#seen[place] === mark && this.#turn - (this.#seenAt[place] ?? 0) <= soon;
    this.#seen[place] = mark;
    this.#seenAt[place] = this.#turn;
    if (isSoon) this.#add(mark, { fieldBytes: ownBytes(bytes, from), head });
  }

  #knownBy(mark: number): Known | undefined {
    const young = this.#young.get(mark);
    if (young !== undefined) return young;
    const old = this.#old.get(mark);
    if (old !== undefined) this.#add(mark, old);
    return old;
  }

  #add(mark: number, known: Known): void {
    if (this.#youngBytes + known.fieldBytes.length > mostBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#youngBytes += known.fieldBytes.length - (this.#young.get(mark)?.fieldBytes.length ?? 0);
    this.#young.set(mark, known);
  }
}
