/** Generates what a client may send: plain requests, bent in the places where servers have ever disagreed, cut into pieces. */
import fc from 'fast-check';
import { seldom } from './answer-cases.ts';
import {
  oddChunkEnds,
  oddHeadEnds,
  oddLastSizes,
  oddLeads,
  oddLineEnds,
  oddLines,
  oddMethods,
  oddSizes,
  oddTargets,
  oddTrailers,
  oddVersions,
} from './corpus/oddities.ts';
import { type Draft, plainDraft, provenLines, smuggled, written } from './drafts.ts';

/** All that one client sends, in the pieces in which it writes; latin1. */
export type Pieces = readonly string[];

type Bend = (draft: Draft) => Draft;

const controls = ['\0', '\x01', '\t', '\x0b', '\x0c', '\x1b', '\x7f', '\x80', '\x85', '\xa0', '\xff'];
const lineBreaks = ['\r', '\n', '\r\n', '\n\r', '\r\r\n', '\r\n ', '\r\n\t', '\n '];
const spaces = ['', '  ', '\t', ' \t', '\x0b', '\x0c', '\r', '\0', '\xa0'];

const content = fc.constantFrom(
  'hello',
  'hello',
  'a=b&c',
  smuggled,
  '0\r\n\r\n',
  '\r\n\r\n',
  '\0\xff\r\n',
  `x${smuggled}`,
);

interface Body {
  readonly lines: readonly string[];
  readonly body: string;
}

function chunks(text: string, size: string, end: string, last: string, trailers: readonly string[]): string {
  return `${size}\r\n${text}${end}${last}\r\n${trailers.join('')}\r\n`;
}

const noBody: Body = { lines: [], body: '' };

const plainBody: fc.Arbitrary<Body> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(noBody) },
  { weight: 3, arbitrary: content.map(body => ({ lines: [`Content-Length: ${body.length}`], body })) },
  {
    weight: 3,
    arbitrary: fc.tuple(content, fc.constantFrom(true, false)).map(([text, upper]) => {
      const size = text.length.toString(16);
      return {
        lines: ['Transfer-Encoding: chunked'],
        body: chunks(text, upper ? size.toUpperCase() : size, '\r\n', '0', []),
      };
    }),
  },
);

const usually = (plain: string, oddities: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(plain) }, { weight: 1, arbitrary: fc.constantFrom(...oddities) });

/** Five bytes in one chunk, with a word of each kind bent or not. */
const oddBody: fc.Arbitrary<Body> = fc
  .record({
    size: usually('5', oddSizes),
    end: usually('\r\n', oddChunkEnds),
    last: usually('0', oddLastSizes),
    trailers: fc.array(fc.constantFrom(...oddTrailers), { maxLength: 2 }),
    length: seldom(fc.constantFrom('0', '5', '6', '15', '16')),
  })
  .map(({ size, end, last, trailers, length }) => ({
    lines: ['Transfer-Encoding: chunked', ...(length === null ? [] : [`Content-Length: ${length}`])],
    body: chunks('hello', size, end, last, trailers),
  }));

/** Chunked bodies alone, as a client may write them. */
export const chunkedBodies: fc.Arbitrary<string> = oddBody.map(({ body }) => body);

const wrongLength: fc.Arbitrary<Body> = fc
  .tuple(content, fc.constantFrom(-2, -1, 1, 2, 40))
  .map(([body, off]) => ({ lines: [`Content-Length: ${Math.max(0, body.length + off)}`], body }));

const fields = fc.array(
  fc
    .constantFrom('X-Any: a', 'X-Any: b', 'X-Any-Other: c d', 'x-any: \xe9', 'Accept: */*', 'User-Agent: t', 'X_any: z')
    .map(line => line),
  { maxLength: 3 },
);

const plain: fc.Arbitrary<Draft> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
    target: fc.constantFrom('/x', '/x', '/user/alice/a?b=c', '/services/s/', '/hub/login', '/x%20y', '/?q'),
    fields,
    body: plainBody,
  })
  .map(({ method, target, fields, body }) => ({
    ...plainDraft,
    method,
    target,
    lines: [...provenLines, ...fields, ...body.lines],
    body: body.body,
  }));

function atLine(lines: readonly string[], at: number, change: (line: string) => readonly string[]): readonly string[] {
  const place = at % Math.max(1, lines.length);
  return lines.flatMap((line, each) => (each === place ? change(line) : [line]));
}

/** Letters of ASCII alone: others would leave latin1. */
function recased(text: string, how: 'upper' | 'lower'): string {
  return text.replace(/[A-Za-z]/g, letter => (how === 'upper' ? letter.toUpperCase() : letter.toLowerCase()));
}

function inserted(text: string, at: number, what: string): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + what + text.slice(place);
}

function withBody(draft: Draft, { lines, body }: Body): Draft {
  const others = draft.lines.filter(line => !/^(?:content-length|transfer-encoding):/i.test(line));
  return { ...draft, lines: [...others, ...lines], body };
}

const place = fc.nat(1000);
const any = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const bends: readonly fc.Arbitrary<Bend>[] = [
  any(oddLeads).map(
    (lead): Bend =>
      draft => ({ ...draft, lead }),
  ),
  any(oddMethods).map(
    (method): Bend =>
      draft => ({ ...draft, method }),
  ),
  any(oddTargets).map(
    (target): Bend =>
      draft => ({ ...draft, target }),
  ),
  any(oddVersions).map(
    (version): Bend =>
      draft => ({ ...draft, version }),
  ),
  any(spaces).map(
    (beforeTarget): Bend =>
      draft => ({ ...draft, beforeTarget }),
  ),
  any(spaces).map(
    (beforeVersion): Bend =>
      draft => ({ ...draft, beforeVersion }),
  ),
  any(oddLineEnds).map(
    (lineEnd): Bend =>
      draft => ({ ...draft, lineEnd }),
  ),
  any(oddHeadEnds).map(
    (headEnd): Bend =>
      draft => ({ ...draft, headEnd }),
  ),
  ...Array.from({ length: 5 }, () =>
    fc.tuple(any(oddLines), place).map(
      ([line, at]): Bend =>
        draft => ({ ...draft, lines: draft.lines.toSpliced(at % (draft.lines.length + 1), 0, line) }),
    ),
  ),
  place.map(
    (at): Bend =>
      draft => ({ ...draft, lines: atLine(draft.lines, at, line => [line, line]) }),
  ),
  place.map(
    (at): Bend =>
      draft => ({ ...draft, lines: atLine(draft.lines, at, () => []) }),
  ),
  fc.tuple(place, place, any([...controls, ...lineBreaks, ...spaces])).map(
    ([at, within, what]): Bend =>
      draft => ({ ...draft, lines: atLine(draft.lines, at, line => [inserted(line, within, what)]) }),
  ),
  fc.tuple(place, any(['upper', 'lower'] as const)).map(
    ([at, how]): Bend =>
      draft => ({
        ...draft,
        lines: atLine(draft.lines, at, line => [recased(line, how)]),
      }),
  ),
  ...[plainBody, oddBody, oddBody, oddBody, wrongLength].map(bodies =>
    bodies.map(
      (body): Bend =>
        draft =>
          withBody(draft, body),
    ),
  ),
  any(['', '\r\n', '\n', 'x', smuggled, '0\r\n\r\n', '\0']).map(
    (behind): Bend =>
      draft => ({ ...draft, body: draft.body + behind }),
  ),
];

const bent: fc.Arbitrary<string> = fc
  .tuple(plain, fc.array(fc.oneof(...bends), { maxLength: 3 }))
  .map(([draft, changes]) => written(changes.reduce((bending, change) => change(bending), draft)));

type Mutation = (bytes: string) => string;

/** Bytes that mean something somewhere. */
const words = [
  ...controls,
  ...lineBreaks,
  ' ',
  ':',
  ',',
  ';',
  '"',
  '0',
  '5',
  '\r\n\r\n',
  '\r\n0\r\n\r\n',
  'chunked',
  smuggled,
];

const mutation: fc.Arbitrary<Mutation> = fc
  .tuple(fc.nat(), fc.nat(12), any(words), any(['insert', 'replace', 'remove', 'repeat'] as const))
  .map(
    ([at, length, word, how]): Mutation =>
      bytes => {
        const from = at % (bytes.length + 1);
        const to = Math.min(bytes.length, from + length);
        const kept = { insert: '', replace: '', remove: '', repeat: bytes.slice(from, to) + bytes.slice(from, to) }[
          how
        ];
        if (how === 'insert') return bytes.slice(0, from) + word + bytes.slice(from);
        return bytes.slice(0, from) + (how === 'replace' ? word : kept) + bytes.slice(to);
      },
  );

function cut(bytes: string, at: readonly number[]): Pieces {
  const places = [...new Set(at.map(each => each % (bytes.length + 1)))].sort((left, right) => left - right);
  return [0, ...places].map((from, each) => bytes.slice(from, places[each])).filter(piece => piece !== '');
}

/** One client's bytes: one to three requests, some bent, some mutated, cut at random. */
export const requestCases: fc.Arbitrary<Pieces> = fc
  .record({
    requests: fc.array(bent, { minLength: 1, maxLength: 3 }),
    mutations: fc.oneof(
      { weight: 2, arbitrary: fc.constant<Mutation[]>([]) },
      { weight: 1, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 2 }) },
    ),
    cuts: fc.oneof(
      { weight: 1, arbitrary: fc.constant<number[]>([]) },
      { weight: 1, arbitrary: fc.array(fc.nat(4000), { minLength: 1, maxLength: 4 }) },
    ),
  })
  .map(({ requests, mutations, cuts }) => {
    const bytes = mutations.reduce((mutated, mutate) => mutate(mutated), requests.join(''));
    return cut(bytes, cuts);
  });
