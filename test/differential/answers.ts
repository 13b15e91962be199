/** Reads answers by the narrowest grammar: those of the gate, which must fit it, and those of a hub that may lie. */
import { cutMessage, type Framing, framingOf, type Head, type Line } from './strict-messages.ts';

/** One final answer. */
export interface Answer {
  readonly status: number;
  readonly lines: readonly Line[];
  /** What came of it, where it is not whole. */
  readonly body: string;
  /** Framing and content were there to the end. */
  readonly whole: boolean;
  /** Statuses of the interim answers before it. */
  readonly interim: readonly number[];
}

/** All that stood on a connection. */
export interface Answers {
  readonly answers: readonly Answer[];
  /** Where the bytes stop being answers. */
  readonly fault: string | null;
}

/** An answer that the bytes begin with, and what stands behind it; null while its head is not whole; a text is what is wrong. */
export type FirstAnswer =
  | { readonly answer: Answer; readonly rest: string; readonly untilClose: boolean }
  | string
  | null;

const statusLine = /^HTTP\/1\.[01] ([1-5][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const nothing = { kind: 'length', bytes: 0 } as const;

function statusOf({ start }: Pick<Head, 'start'>): number {
  return Number(statusLine.exec(start)?.[1]);
}

function framing(head: Head, isHead: boolean): Framing | { fault: string } {
  const { lines } = head;
  const said = framingOf(lines, { kind: 'close' });
  if ('fault' in said) return said;
  const status = statusOf(head);
  if (said.kind === 'chunked' && head.start.startsWith('HTTP/1.0')) return { fault: 'a coding in HTTP/1.0' };
  return isHead || status < 200 || status === 204 || status === 304 ? nothing : said;
}

/** `ended`: the connection was closed behind the bytes, and not reset. 101 is an answer like any other. */
export function firstAnswer(bytes: string, isHead: boolean, ended: boolean): FirstAnswer {
  const interim: number[] = [];
  for (let at = 0; ; ) {
    const cut = cutMessage(bytes.slice(at), statusLine, head => framing(head, isHead));
    if (cut.kind === 'fault') return cut.fault;
    const head = cut.kind === 'whole' ? cut.message : cut.head;
    if (head === undefined) return null;
    const status = statusOf(head);
    if (cut.kind === 'partial') {
      const untilClose = framingOf(head.lines, { kind: 'close' });
      const whole = ended && 'kind' in untilClose && untilClose.kind === 'close';
      return { answer: { status, lines: head.lines, body: cut.body, whole, interim }, rest: '', untilClose: whole };
    }
    at += cut.message.length;
    if (status >= 200 || status === 101) {
      const { lines, body } = cut.message;
      return { answer: { status, lines, body, whole: true, interim }, rest: bytes.slice(at), untilClose: false };
    }
    interim.push(status);
  }
}

/** Reads all that a server sent on one connection, in answer to requests that were not HEAD. */
export function readAnswers(bytes: string, ended: boolean): Answers {
  const answers: Answer[] = [];
  for (let rest = bytes; rest !== ''; ) {
    const first = firstAnswer(rest, false, ended);
    if (first === null || typeof first === 'string') return { answers, fault: first ?? 'half a head' };
    answers.push(first.answer);
    rest = first.rest;
  }
  return { answers, fault: null };
}
