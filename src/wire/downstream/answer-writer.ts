/** Writes one answer: head and small body together in one piece of text, large parts without copying. */
import type { Socket } from 'node:net';
import type { FieldLine } from '../../http/field.ts';
import { answerHeadText, hasLength } from '../message/head-text.ts';
import type { ReadBuffer } from '../read-buffer.ts';
import type { AnswerHead } from './exchange.ts';

/** Parts up to this size travel as text with what stands before them; beyond, copying costs more than a second piece. */
const largestText = 16 * 1024;

/** Bytes that may wait for the client to take them. */
const mostUnsent = 128 * 1024;

/** Whether the client takes what it is sent, so that more may be written. */
export function hasRoom(socket: Socket): boolean {
  return socket.writableLength <= mostUnsent;
}

const lastChunk = '0\r\n\r\n';
const closeLine: FieldLine = ['Connection', 'close'];
const chunkedLine: FieldLine = ['Transfer-Encoding', 'chunked'];

/** How the answer's end is told to the client. */
type Framing = 'none' | 'length' | 'chunked' | 'close';

function framingOf(head: AnswerHead, method: string, httpVersion: '1.0' | '1.1'): Framing {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return 'none';
  if (hasLength(head.fields)) return 'length';
  return httpVersion === '1.1' ? 'chunked' : 'close';
}

/** One answer on its way. */
export class AnswerWriter {
  readonly #socket: Socket;
  #framing: Framing = 'none';
  /** Latin1 that has not been written yet. */
  #text = '';
  /** Something of the final answer is out. */
  started = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Gives whether the connection must close with it; `closes` says that it will. An answer of which nothing is out yet gives way
   * to the next one.
   */
  start(head: AnswerHead, method: string, httpVersion: '1.0' | '1.1', closes: boolean): boolean {
    this.#framing = framingOf(head, method, httpVersion);
    const mustClose = closes || this.#framing === 'close';
    const own: FieldLine[] = [];
    if (this.#framing === 'chunked') own.push(chunkedLine);
    if (mustClose) own.push(closeLine);
    this.#text = answerHeadText(head.status, head.phrase, own.length === 0 ? head.fields : [...head.fields, ...own]);
    return mustClose;
  }

  /** An answer before the answer (RFC 9110 §15.2). */
  interim(head: AnswerHead): void {
    this.#socket.write(answerHeadText(head.status, head.phrase, head.fields), 'latin1');
  }

  /** False when too much waits already. */
  write(chunk: Buffer, lender: ReadBuffer | null): boolean {
    if (this.#framing === 'none' || chunk.length === 0) return true;
    const chunked = this.#framing === 'chunked';
    if (chunked) this.#text += `${chunk.length.toString(16)}\r\n`;
    if (chunk.length <= largestText) this.#text += chunk.toString('latin1');
    else this.#writeLarge(chunk, lender);
    if (chunked) this.#text += '\r\n';
    if (this.#text.length > largestText) this.flush();
    return hasRoom(this.#socket);
  }

  #writeLarge(chunk: Buffer, lender: ReadBuffer | null): void {
    this.#socket.cork();
    this.flush();
    if (lender === null) this.#socket.write(Buffer.from(chunk));
    else {
      lender.hold();
      this.#socket.write(chunk, () => lender.release());
    }
    this.#socket.uncork();
  }

  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.started = true;
    this.#socket.write(text, 'latin1');
  }

  finish(): void {
    if (this.#framing === 'chunked') this.#text += lastChunk;
    this.flush();
  }
}
