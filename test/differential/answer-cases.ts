/** Generates what a hub may answer: plain answers, and such that lie about themselves. All text is latin1. */
import fc from 'fast-check';
import { oddAnswerLines, oddStatusLines } from './corpus/odd-answers.ts';
import { oddChunkEnds, oddHeadEnds, oddLastSizes, oddLineEnds, oddSizes, oddTrailers } from './corpus/oddities.ts';
import type { Script } from './tapped-hub.ts';

/** What the hub says to one request. */
export interface AnswerCase extends Script {
  /** What the client asks with; a handshake is a GET. */
  readonly asked: 'GET' | 'HEAD' | 'handshake';
  /** Said on the same connection when the answer is long over; '' for nothing. */
  readonly late: string;
}

/** What looks like another answer. */
export const forgedAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';

interface Draft {
  readonly interim: string;
  readonly statusLine: string;
  readonly lines: readonly string[];
  readonly lineEnd: string;
  readonly headEnd: string;
  readonly body: string;
}

interface Body {
  readonly lines: readonly string[];
  readonly body: string;
}

const any = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Null three times of four. */
export function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

/** Mostly the plain word. */
function usually(plain: string, oddities: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(plain) }, { weight: 1, arbitrary: any(oddities) });
}

const content = any(['hello', 'hello', '', forgedAnswer, '0\r\n\r\n', '\0\xff\r\n']);

const measured = fc
  .tuple(content, fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: any([-2, -1, 1, 50]) }))
  .map(([body, off]): Body => ({ lines: [`Content-Length: ${Math.max(0, body.length + off)}`], body }));

const chunked = fc
  .record({
    size: usually('5', oddSizes),
    end: usually('\r\n', oddChunkEnds),
    last: usually('0', oddLastSizes),
    trailer: usually('', oddTrailers),
    length: seldom(any(['0', '5', '15'])),
  })
  .map(
    ({ size, end, last, trailer, length }): Body => ({
      lines: ['Transfer-Encoding: chunked', ...(length === null ? [] : [`Content-Length: ${length}`])],
      body: `${size}\r\nhello${end}${last}\r\n${trailer}\r\n`,
    }),
  );

const untilClose = content.map((body): Body => ({ lines: [], body }));

const interimAnswer = any(['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n']);

const drafts: fc.Arbitrary<Draft> = fc
  .record({
    interim: fc.array(interimAnswer, { maxLength: 2 }),
    statusLine: usually('HTTP/1.1 200 OK', oddStatusLines),
    fields: fc.array(usually('X-Any: a', oddAnswerLines), { maxLength: 3 }),
    framed: fc.oneof(measured, measured, chunked, untilClose),
    lineEnd: usually('\r\n', oddLineEnds),
    headEnd: usually('\r\n', oddHeadEnds),
  })
  .map(({ interim, fields, framed, ...draft }) => ({
    ...draft,
    interim: interim.join(''),
    lines: [...fields, ...framed.lines],
    body: framed.body,
  }));

function written({ interim, statusLine, lines, lineEnd, headEnd, body }: Draft): string {
  return `${interim}${[statusLine, ...lines].map(line => line + lineEnd).join('')}${headEnd}${body}`;
}

function mutated(bytes: string, at: number, word: string): string {
  const from = at % (bytes.length + 1);
  return bytes.slice(0, from) + word + bytes.slice(from + 1);
}

function inTwo(bytes: string, at: number | null): readonly string[] {
  if (at === null) return [bytes];
  const place = at % (bytes.length + 1);
  return [bytes.slice(0, place), bytes.slice(place)].filter(piece => piece !== '');
}

/** One answer, perhaps with something behind it. */
export const answerCases: fc.Arbitrary<AnswerCase> = fc
  .record({
    draft: drafts,
    tail: usually('', [forgedAnswer, '\r\n', 'x', '\0', 'HTTP/1.1 100 Continue\r\n\r\n']),
    mutation: seldom(fc.tuple(fc.nat(1000), any(['', '\0', '\r', '\n', ' ', ':', '5', '\xff', '\r\n']))),
    cut: seldom(fc.nat(1000)),
    behind: any(['stay', 'close', 'close', 'reset'] as const),
    asked: any(['GET', 'GET', 'GET', 'HEAD'] as const),
    late: usually('', [forgedAnswer, '\r\n', 'x']),
  })
  .map(({ draft, tail, mutation, cut, behind, asked, late }) => {
    const plain = written(draft) + tail;
    const bytes = mutation === null ? plain : mutated(plain, ...mutation);
    return { pieces: inTwo(bytes, cut), behind, asked, late };
  });
