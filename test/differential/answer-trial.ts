/** Has the hub say something to one request, and holds the law against what came of it. */
import { handshake } from '../contract/rows/lines.ts';
import { publicHost } from '../gates/lab.ts';
import type { AnswerCase } from './answer-cases.ts';
import {
  type AnswerBreach,
  type AnswerPassage,
  answerBreaches,
  type Fate,
  fateOf,
  honestBody,
  mayPersist,
} from './answer-law.ts';
import type { Message } from './strict-messages.ts';
import type { Script } from './tapped-hub.ts';
import { proofOf, type World } from './world.ts';

/** What came of one answer. */
export interface AnswerTrial {
  readonly breaches: readonly AnswerBreach[];
  readonly fate: Fate;
}

const patienceMs = 5000;

function targetOf({ start }: Message): string {
  return start.split(' ')[1] ?? '';
}

/** The answer to whoever is not lied to; it names them. */
export function honestAnswer(request: Message): Script {
  const body = honestBody(targetOf(request));
  return { pieces: [`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`], behind: 'stay' };
}

function requestFor(method: string, target: string, user: string, more = ''): string {
  return `${method} ${target} HTTP/1.1\r\n${proofOf(user)}${more}\r\n`;
}

const handshakeLines = [...handshake, `Origin: http://${publicHost}`].map(line => `${line}\r\n`).join('');

function asking({ asked }: AnswerCase): string {
  if (asked === 'handshake') return requestFor('GET', '/lie', 'alice', handshakeLines);
  return requestFor(asked, '/lie', 'alice') + requestFor('GET', '/next', 'alice');
}

async function play({ hub, send }: World, said: AnswerCase): Promise<AnswerPassage> {
  hub.answerWith(request => (targetOf(request) === '/lie' ? said : honestAnswer(request)));
  const heard = await send([asking(said)], said.asked !== 'handshake');
  const before = hub.take();
  const asked = before.find(({ bytes }) => / \/lie /.test(bytes.slice(0, bytes.indexOf('\r\n'))));
  const connection = asked?.connection ?? 0;
  if (said.late !== '') hub.say(connection, said.late);
  const bystander = await send([requestFor('GET', '/bystander', 'bob')]);
  const after = hub.take();
  const reused = {
    byNext: (asked?.serials.length ?? 0) > 1,
    byBystander: after.some(segment => segment.connection === connection),
  };
  const dropped = mayPersist(said) || (await hub.ends(connection, patienceMs));
  return { said, heard, bystander, reused, dropped };
}

/** Plays answers one after another. */
export async function tryAnswers(world: World, cases: readonly AnswerCase[]): Promise<AnswerTrial[]> {
  const trials: AnswerTrial[] = [];
  for (const each of cases) {
    const passage = await play(world, each);
    trials.push({ breaches: answerBreaches(passage), fate: fateOf(passage) });
  }
  return trials;
}
