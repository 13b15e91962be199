/** Clients that behave, whatever the hub does. */
import { fieldValues } from '../../clients/raw-client.ts';
import { lies, requestLies } from '../lies.ts';
import { anybody, anyRequest, headOf, smallRequest, targetOf } from './request.ts';
import { askOnce, dial, type Scene, type Stage, settle } from './scene.ts';

const mostInTurn = 6;
const mostPipelined = 16;
const goodActs = ['answer', 'answer', 'answer', 'hinted', 'close-behind'];

/** One after another on a connection that is kept. */
async function inTurn(stage: Stage): Promise<void> {
  const caller = await dial(stage);
  if (caller === null) return;
  const count = stage.chance.between(1, mostInTurn);
  let goesOn = true;
  for (let sent = 0; sent < count && goesOn && !caller.closed; sent += 1) {
    const { ticket, bytes, head } = anyRequest(stage, goodActs);
    const heard = await caller.ask(bytes, { head });
    settle(stage, ticket, heard.answers[0], { may: ['answered'], toHead: head, scene: 'in turn' });
    stage.ledger.expect(heard.answers.length <= 1, `request ${ticket.number} got more than one answer`);
    goesOn = heard.answers.every(answer => !fieldValues(answer, 'connection').includes('close'));
  }
  stage.ledger.expect(caller.fault === null, caller.fault ?? '');
  caller.leave();
}

/** Many in one piece: answered in order. */
async function pipelined(stage: Stage): Promise<void> {
  const all = Array.from({ length: stage.chance.between(2, mostPipelined) }, () => smallRequest(stage));
  const heard = await askOnce(stage, Buffer.concat(all.map(({ bytes }) => bytes)), { answers: all.length });
  if (heard === null) return;
  for (const [at, { ticket }] of all.entries()) {
    settle(stage, ticket, heard.answers[at], { may: ['answered'], scene: 'pipelined' });
  }
  stage.ledger.expect(heard.answers.length <= all.length, 'more answers than were pipelined requests');
}

/** The hub breaks off, lies or is silent: what comes is a refusal, or seen to be broken. */
async function badHub(stage: Stage): Promise<void> {
  const { user, token } = anybody(stage);
  const name = stage.chance.pick(requestLies);
  const ticket = stage.ledger.open({ user, answerBytes: stage.chance.between(10, 40_000) });
  const heard = await askOnce(stage, `${headOf('GET', targetOf(ticket, name), token)}\r\n`);
  if (heard === null) return;
  settle(stage, ticket, heard.answers[0], { may: lies.get(name)?.outcomes ?? [], scene: `hub says ${name}` });
}

async function silentHub(stage: Stage): Promise<void> {
  const { user, token } = anybody(stage);
  const ticket = stage.ledger.open({ user });
  const heard = await askOnce(stage, `${headOf('GET', targetOf(ticket, 'stall'), token)}\r\n`);
  if (heard !== null) settle(stage, ticket, heard.answers[0], { may: ['hub-timeout'], scene: 'silent hub' });
}

/** Credentials that prove nothing. */
async function refused(stage: Stage): Promise<void> {
  const { chance, credentials, ledger } = stage;
  const [reason, token] = chance.pick([
    ['token-expired', chance.pick(credentials.expired)],
    ['token-signature', chance.pick(credentials.forged)],
    ['credential-missing', null],
  ] as const);
  const ticket = ledger.open({ user: 'nobody', refused: true });
  const body = chance.oneIn(2) ? '' : 'Content-Length: 2000\r\n';
  const spoof = 'Remote-User: root\r\n';
  const head = headOf(body === '' ? 'GET' : 'POST', targetOf(ticket, 'answer'), token, `${spoof}${body}`);
  const heard = await askOnce(stage, `${head}\r\n${body === '' ? '' : 'x'.repeat(2000)}`);
  if (heard !== null) settle(stage, ticket, heard.answers[0], { may: [reason], scene: 'refused' });
}

/** All scenes of clients that behave. */
export const goodScenes: readonly Scene[] = [
  { name: 'in turn', weight: 30, play: inTurn },
  { name: 'pipelined', weight: 12, play: pipelined },
  { name: 'bad hub', weight: 10, play: badHub },
  { name: 'silent hub', weight: 1, play: silentHub },
  { name: 'refused', weight: 10, play: refused },
];
