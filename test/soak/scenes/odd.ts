/** Clients that are slow, break off, say their last too early, or speak no HTTP. */
import { setTimeout as pause } from 'node:timers/promises';
import { content } from '../content.ts';
import { nameOf } from '../ledger.ts';
import { anybody, framed, headOf, targetOf } from './request.ts';
import { askOnce, dial, headerTimeoutMs, type Scene, type Stage, settle } from './scene.ts';

const garbage = [
  'GET  / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n',
  'GET / HTTP/2.0\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'POST / HTTP/1.1\r\nHost: hub.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
];

/** What is no request is 400, and the connection is closed. */
async function noRequest(stage: Stage): Promise<void> {
  const heard = await askOnce(stage, stage.chance.pick(garbage), { untilClosed: true });
  if (heard === null || stage.isEnding()) return;
  const statuses = heard.answers.map(({ status }) => status).join();
  stage.ledger.count(`no request: ${statuses}`);
  stage.ledger.expect(statuses === '400', `what is no request was answered with ${statuses}`);
}

/** A head in small pieces; some of them never come. */
async function slowHead(stage: Stage): Promise<void> {
  const { chance, ledger } = stage;
  const whole = chance.oneIn(2);
  const { user, token } = anybody(stage);
  const ticket = ledger.open({ user, refused: !whole, answerBytes: 100 });
  const head = `${headOf('GET', targetOf(ticket, 'answer'), token)}\r\n`;
  const dialled = performance.now();
  const caller = await dial(stage);
  if (caller === null) return;
  const hearing = caller.hear({});
  const step = Math.ceil(head.length / 20);
  for (let at = 0; at < (whole ? head.length : head.length - step) && !caller.closed; at += step) {
    caller.send(head.slice(at, Math.min(at + step, whole ? head.length : head.length - 1)));
    await pause(chance.below(20));
  }
  // A machine that is busy with other things can make a client slower than it means to be.
  const inTime = performance.now() - dialled < headerTimeoutMs / 2;
  const heard = await hearing;
  const outcomes = ['request-timeout', 'answered'] as const;
  const may = whole ? outcomes.slice(inTime ? 1 : 0) : outcomes.slice(0, 1);
  settle(stage, ticket, heard.answers[0], { may, scene: whole ? 'slow head' : 'head without end' });
  caller.leave();
}

/** A request, and half of the connection closed behind it. */
async function halfClosing(stage: Stage): Promise<void> {
  const { user, token } = anybody(stage);
  const ticket = stage.ledger.open({ user, answerBytes: stage.chance.below(20_000) });
  const caller = await dial(stage);
  if (caller === null) return;
  const hearing = caller.hear({ untilClosed: true });
  caller.send(`${headOf('GET', targetOf(ticket, 'answer'), token)}\r\n`);
  caller.endHalf();
  const heard = await hearing;
  settle(stage, ticket, heard.answers[0], { may: ['answered'], scene: 'half-closing' });
  stage.ledger.expect(heard.answers.length <= 1, 'a half-closing client got more than one answer');
  caller.leave();
}

/** Half of a body, and then the end: the hub never sees a whole one. */
async function brokenUpload(stage: Stage): Promise<void> {
  const { chance, ledger } = stage;
  const { user, token } = anybody(stage);
  const ticket = ledger.open({ user, bodyBytes: null });
  const body = content(nameOf.up(ticket), chance.between(100, 300_000));
  const { fields, bytes } = framed(body, chance.pick(['length', 'chunked']), chance);
  const head = headOf(chance.pick(['POST', 'PUT', 'DELETE']), targetOf(ticket, 'answer'), token, fields);
  const caller = await dial(stage);
  if (caller === null) return;
  const hearing = caller.hear({ untilClosed: true });
  // What is left out is a byte of the content, or the last chunk.
  const part = chance.oneIn(4) ? bytes.length - 1 : chance.below(bytes.length - 1);
  await new Promise(resolve => {
    caller.socket.write(Buffer.concat([Buffer.from(`${head}\r\n`), bytes.subarray(0, part)]), resolve);
  });
  await chance.pick([() => caller.endHalf(), () => caller.leave(), () => caller.reset(), () => pause(5)])();
  caller.leave();
  await hearing;
  ledger.count('broken upload');
}

/** Some of an answer, and then the end. */
async function brokenDownload(stage: Stage): Promise<void> {
  const { chance, ledger } = stage;
  const { user, token } = anybody(stage);
  const ticket = ledger.open({ user, answerBytes: chance.between(100_000, 4 << 20) });
  const caller = await dial(stage);
  if (caller === null) return;
  const hearing = caller.hear({});
  caller.socket.on('data', () => {
    if (chance.oneIn(3)) caller.leave();
  });
  caller.send(`${headOf('GET', targetOf(ticket, 'answer', chance.pick(['length', 'chunked'])), token)}\r\n`);
  const heard = await hearing;
  settle(stage, ticket, heard.answers[0], { may: ['answered', 'broken', 'closed'], scene: 'broken download' });
  caller.leave();
}

/** Asks leave before it sends its body. */
async function expecting(stage: Stage): Promise<void> {
  const { chance, ledger } = stage;
  const { user, token } = anybody(stage);
  const ticket = ledger.open({ user, bodyBytes: chance.between(1, 50_000), answerBytes: 10 });
  const { fields, bytes } = framed(content(nameOf.up(ticket), ticket.bodyBytes ?? 0), 'length', chance);
  const caller = await dial(stage);
  if (caller === null) return;
  const hearing = caller.hear({});
  const head = headOf('POST', targetOf(ticket, 'answer'), token, `${fields}Expect: 100-continue\r\n`);
  caller.socket.once('data', () => caller.send(bytes));
  caller.send(`${head}\r\n`);
  const heard = await hearing;
  const outcome = settle(stage, ticket, heard.answers[0], { may: ['answered'], scene: 'expecting' });
  ledger.expect(outcome !== 'answered' || heard.interim === 1, 'a client that expects 100 Continue got none');
  caller.leave();
}

/** A client of HTTP/1.0, which reads until the end. */
async function old(stage: Stage): Promise<void> {
  const { user, token } = anybody(stage);
  const ticket = stage.ledger.open({ user, answerBytes: stage.chance.below(5000) });
  const head = headOf('GET', targetOf(ticket, 'answer'), token, '', '1.0');
  const heard = await askOnce(stage, `${head}\r\n`, { untilClosed: true });
  if (heard !== null) settle(stage, ticket, heard.answers[0], { may: ['answered'], scene: 'HTTP/1.0' });
}

/** The hub answers before the body is whole. */
async function earlyAnswer(stage: Stage): Promise<void> {
  const { chance, ledger } = stage;
  const { user, token } = anybody(stage);
  const ticket = ledger.open({ user, bodyBytes: chance.between(1, 200_000), answerBytes: chance.below(3000) });
  const { fields, bytes } = framed(content(nameOf.up(ticket), ticket.bodyBytes ?? 0), 'length', chance);
  const head = headOf('POST', targetOf(ticket, 'early'), token, fields);
  const heard = await askOnce(stage, Buffer.concat([Buffer.from(`${head}\r\n`), bytes]));
  if (heard !== null) settle(stage, ticket, heard.answers[0], { may: ['answered'], scene: 'early answer' });
}

/** All scenes of odd clients. */
export const oddScenes: readonly Scene[] = [
  { name: 'no request', weight: 4, play: noRequest },
  { name: 'slow head', weight: 3, play: slowHead },
  { name: 'half-closing', weight: 6, play: halfClosing },
  { name: 'broken upload', weight: 8, play: brokenUpload },
  { name: 'broken download', weight: 6, play: brokenDownload },
  { name: 'expecting', weight: 4, play: expecting },
  { name: 'HTTP/1.0', weight: 4, play: old },
  { name: 'early answer', weight: 4, play: earlyAnswer },
];
