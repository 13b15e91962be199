/** The answer's head: what is relayed, the narrowest grammar and Node's own client read as the gate does. */
import { type AnswerHeadParse, answerBodyReader, parseAnswerHead } from '../../../src/wire/message/answer-head.ts';
import { answerHeadText, phraseOf } from '../../../src/wire/message/head-text.ts';
import { endOfHead } from '../../../src/wire/message/request-head.ts';
import { answerCases } from '../../differential/answer-cases.ts';
import { firstAnswer } from '../../differential/answers.ts';
import { oddAnswerLines, oddStatusLines } from '../../differential/corpus/odd-answers.ts';
import { oddSizes, oddTrailers } from '../../differential/corpus/oddities.ts';
import { comparable } from '../../differential/reading.ts';
import { readAnswer } from '../llhttp-answers.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

interface Body {
  readonly text: string;
  readonly complete: boolean;
  /** Where in the bytes behind the head it stops. */
  readonly stop: number;
}

function bodyOf({ framing }: AnswerHeadParse, rest: string): Body | null {
  const reader = answerBodyReader(framing);
  let text = '';
  const stop = reader.read(Buffer.from(rest, 'latin1'), 0, part => {
    text += part.toString('latin1');
  });
  return reader.fault === null ? { text, complete: reader.complete, stop } : null;
}

/** Reads as the narrowest grammar does: interim answers are heads of their own here. */
function demandStrict(head: AnswerHeadParse, bytes: string, isHead: boolean): void {
  // A phrase is written anew; one with control characters is none to the narrowest grammar.
  if (head.status < 200 || !/^[\t\x20-\x7e\x80-\xff]*$/.test(head.phrase)) return;
  const rest = bytes.slice(endOfHead(bytes) + 4);
  const body = bodyOf(head, rest);
  if (body === null) return;
  const strict = firstAnswer(bytes, isHead, true);
  demand(strict !== null && typeof strict !== 'string', 'the narrowest grammar reads what is relayed', strict);
  const { status, lines, whole } = strict.answer;
  demandSame(head.status, status, 'the status is what the narrowest grammar reads');
  demandSame(head.lines, lines, 'the fields are what the narrowest grammar reads');
  const ends = body.complete || head.framing.kind === 'close';
  demandSame([ends, body.text], [whole, strict.answer.body], 'the body is what the narrowest grammar reads');
  if (ends) demandSame(rest.slice(body.stop), strict.rest, 'the body ends where the narrowest grammar ends it');
}

const ofHop = /^(?:connection|keep-alive|te|trailer|upgrade|proxy-connection|transfer-encoding)$/i;

async function demandRelayed(head: AnswerHeadParse, bytes: string): Promise<void> {
  const text = answerHeadText(head.status, phraseOf(head.status, head.phrase), head.fields);
  const again = parseAnswerHead(text, endOfHead(text), false);
  demand(typeof again !== 'string', 'what is relayed is taken again', again, text);
  demandSame([again.status, again.fields], [head.status, head.fields], 'what is relayed says the same again');
  demand(!head.fields.some(([name]) => ofHop.test(name)), 'nothing of the hop is relayed', head.fields);
  if (head.status < 200) return;
  const relayed = await readAnswer(text);
  demand(relayed !== null, "Node's client reads what is relayed", text);
  demandSame(
    [relayed.status, comparable(relayed.lines)],
    [head.status, comparable(head.fields)],
    'and reads the same',
    text,
  );
  const said = await readAnswer(bytes.slice(0, endOfHead(bytes) + 4));
  if (said === null) return;
  const wanted = [head.status, comparable(head.lines)];
  demandSame([said.status, comparable(said.lines)], wanted, "Node's client reads from the hub what the gate does");
}

/** An answer as a hub may say it. */
export const answerHead: FuzzTarget = {
  name: 'answer-head',
  grammar: answerCases.map(({ pieces }) => pieces.join('')),
  words: [...oddAnswerLines.map(line => `${line}\r\n`), ...oddStatusLines, ...oddSizes, ...oddTrailers, '0\r\n\r\n'],
  mostBytes: 16 * 1024,
  mostMs: 50,
  async check(input) {
    const end = endOfHead(input);
    if (end === -1) return;
    for (const isHead of [false, true]) {
      const head = parseAnswerHead(input, end, isHead);
      if (typeof head === 'string') continue;
      const values = [head.phrase, ...head.lines.flat()];
      demand(!values.some(value => /[\r\n\0]/.test(value)), 'nothing that is taken holds CR, LF or NUL', values);
      demandStrict(head, input, isHead);
      if (!isHead) await demandRelayed(head, input);
    }
  },
};
