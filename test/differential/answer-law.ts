/** The law of answers: a client gets the hub's answer whole, a refusal, or a cut connection; and nobody gets another's. */

import type { AnswerCase } from './answer-cases.ts';
import { type Answer, type FirstAnswer, firstAnswer } from './answers.ts';
import type { Breach } from './campaign.ts';
import type { Heard } from './piecewise-client.ts';
import { valuesOf } from './strict-messages.ts';

/** What became of a hub's answer, and of two who came behind. */
export interface AnswerPassage {
  readonly said: AnswerCase;
  /** To the one it was for, who sent `GET /next` behind it on the same connection, if it was no handshake. */
  readonly heard: Heard;
  /** To somebody else, who came with `GET /bystander` when that was over. */
  readonly bystander: Heard;
  /** Where else its connection was used: by the next request, which may not know what is late, or by the bystander. */
  readonly reused: { readonly byNext: boolean; readonly byBystander: boolean };
  /** The connection of this answer was closed. */
  readonly dropped: boolean;
}

/** What can be breached. */
type Rule =
  | 'the client gets an answer, a refusal, or a cut connection'
  | 'what looks whole is what the hub said'
  | 'every answer belongs to one request'
  | 'nobody else is touched'
  | 'a connection that may lie is not used again';

/** A breach of the law of answers. */
export type AnswerBreach = Breach<Rule>;

/** How an answer reached the client. */
export type Fate = 'relayed' | 'refused' | 'cut';

/** What the hub answers to requests that it does not lie to; numbered, so that it can be told whose it is. */
export function honestBody(target: string): string {
  return `for ${target}`;
}

/** The answer that the bytes begin with, however far it came; null where there is none. */
function firstOf(bytes: string, isHead: boolean, ended: boolean): Exclude<FirstAnswer, string> {
  const first = firstAnswer(bytes, isHead, ended);
  return typeof first === 'string' ? null : first;
}

function breach(rule: Rule, kind: string, detail = ''): AnswerBreach {
  return { rule, kind, detail };
}

function isRefusal({ status, lines }: Answer): boolean {
  return status >= 500 && valuesOf(lines, 'content-type')[0] === 'application/problem+json';
}

/** What the hub said, read by the narrowest grammar; null where that is no answer. */
export function meaningOf({ pieces, behind, asked }: AnswerCase): Exclude<FirstAnswer, string> {
  return firstOf(pieces.join(''), asked === 'HEAD', behind === 'close');
}

/** Whether the answer, as far as it is known before what is late, may be followed by another on its connection. */
function isRestful(said: AnswerCase): boolean {
  const meaning = meaningOf(said);
  if (meaning === null) return false;
  const { answer, rest, untilClose } = meaning;
  const closes = valuesOf(answer.lines, 'connection').some(value => /\bclose\b/i.test(value));
  return answer.whole && answer.status !== 101 && rest === '' && !untilClose && !closes;
}

/** A whole answer and nothing else. */
function isHonest(said: AnswerCase): boolean {
  const meaning = meaningOf(said);
  return meaning?.answer.whole === true && meaning.rest === '';
}

/** Whether the gate may keep the connection when all is said. */
export function mayPersist(said: AnswerCase): boolean {
  return isRestful(said) && said.late === '';
}

/** How the client's first answer came about. */
export function fateOf({ heard, said }: AnswerPassage): Fate {
  const first = firstOf(heard.bytes, said.asked === 'HEAD', heard.closed);
  if (first === null || !first.answer.whole) return 'cut';
  return isRefusal(first.answer) ? 'refused' : 'relayed';
}

function isRefused(bytes: string): boolean {
  const first = firstOf(bytes, false, true);
  return first?.answer.whole === true && first.rest === '' && isRefusal(first.answer);
}

/** Values of the fields that the gate relays as they are. */
function shownFields({ lines }: Answer): string {
  return JSON.stringify(['x-any', 'set-cookie', 'link'].map(name => valuesOf(lines, name)));
}

function relayBreaches(relayed: Answer, said: AnswerCase): AnswerBreach[] {
  const meaning = meaningOf(said);
  const rule = 'what looks whole is what the hub said';
  if (meaning === null) return [breach(rule, 'the hub said no answer', JSON.stringify([said.pieces, relayed]))];
  const { answer } = meaning;
  const detail = JSON.stringify([answer, relayed]);
  if (!answer.whole || answer.status === 101 || (said.asked === 'handshake' && answer.status < 300))
    return [breach(rule, 'the hub did not say it whole', detail)];
  if (relayed.status !== answer.status) return [breach(rule, 'status', detail)];
  if (relayed.body !== answer.body) return [breach(rule, 'body', detail)];
  if (shownFields(relayed) !== shownFields(answer)) return [breach(rule, 'field lines', detail)];
  // The gate asks a half-closed client by 100 whether it is there.
  return relayed.interim.every(status => status === 100 || answer.interim.includes(status))
    ? []
    : [breach(rule, 'interim', detail)];
}

/** Exactly one whole answer, and that to this target. */
function isOwn(bytes: string, target: string): boolean {
  const first = firstOf(bytes, false, true);
  if (first === null) return false;
  return first.answer.whole && first.rest === '' && first.answer.body === honestBody(target);
}

function clientBreaches({ heard, said }: AnswerPassage): AnswerBreach[] {
  const rule = 'the client gets an answer, a refusal, or a cut connection';
  if (!heard.closed) return [breach(rule, 'left open', heard.bytes)];
  const first = firstAnswer(heard.bytes, said.asked === 'HEAD', true);
  if (typeof first === 'string') return [breach(rule, 'what is no answer', JSON.stringify([first, heard.bytes]))];
  if (first === null) return isHonest(said) ? [breach(rule, 'no answer at all', JSON.stringify(heard.bytes))] : [];
  const { answer, rest } = first;
  const kept = !valuesOf(answer.lines, 'connection').some(value => /\bclose\b/i.test(value));
  const unanswered = answer.whole && kept && !isOwn(rest, '/next');
  const next = said.asked !== 'handshake' && (unanswered || (rest !== '' && !isOwn(rest, '/next')));
  // The next request may be on its way when the hub closes without a word.
  const raced = said.behind !== 'stay' && isRestful(said) && isRefused(rest);
  return [
    ...(answer.whole && !isRefusal(answer) ? relayBreaches(answer, said) : []),
    ...(next && !raced
      ? [breach('every answer belongs to one request', 'the next request', JSON.stringify(heard.bytes))]
      : []),
  ];
}

/** Every breach. */
export function answerBreaches(passage: AnswerPassage): AnswerBreach[] {
  const { said, bystander, reused, dropped } = passage;
  const rule = 'a connection that may lie is not used again';
  const persists = mayPersist(said);
  return [
    ...clientBreaches(passage),
    ...(isOwn(bystander.bytes, '/bystander')
      ? []
      : [breach('nobody else is touched', 'the bystander', JSON.stringify(bystander))]),
    ...((reused.byNext && !isRestful(said)) || (reused.byBystander && !persists) ? [breach(rule, 'used again')] : []),
    ...(dropped || persists ? [] : [breach(rule, 'kept open')]),
  ];
}
