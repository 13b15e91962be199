/** Plays the catalogue against other proxies, and counts what was observed, row by row. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { untilReachable } from '../../../bench/lab/reachable.ts';
import { startProgram } from '../../../bench/machine/programs.ts';
import { reservePort } from '../../../scripts/reserved-ports.ts';
import { rawRequest } from '../../clients/raw-client.ts';
import { type CapturingHub, openCapturingHub } from '../../contract/capturing-hub.ts';
import { host } from '../../contract/rows/lines.ts';
import { openSocketGate } from '../../contract/socket-world.ts';
import { fillIn } from '../../contract/tokens.ts';
import { type AnswerSpelling, type AttackRow, doorsOf, type RequestSpelling, type Spelling } from '../attack.ts';
import type { CatalogueRow } from '../catalogue.ts';
import { answerObservation, type Came, patienceMs, requestObservation } from './observation.ts';
import { type AttackPeer, basic } from './peer.ts';

/** What was seen of one proxy: row, then how often what. */
export interface Observed {
  readonly name: string;
  readonly title: string;
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Something to attack. */
interface Target {
  readonly port: number;
  readonly hub: CapturingHub;
  /** The value of Authorization by which alice is proven. */
  readonly proof: string;
}

/** Another token than alice's, another peer or another config are hubgate's own. */
function isExpressible(spelling: Spelling): spelling is RequestSpelling | AnswerSpelling {
  if ('problemAt' in spelling || (spelling.config ?? 'lab') !== 'lab') return false;
  if ('answer' in spelling) return doorsOf(spelling).includes('proxy');
  const words = spelling.head.join('\n').match(/\{[=A-Za-z][^{}]*\}/g) ?? [];
  const oursOnly = words.some(word => word !== '{alice}');
  return !oursOnly && (spelling.peer ?? '127.0.0.1') === '127.0.0.1';
}

function bytesOf({ before = '', head, content = '', unfinished }: RequestSpelling, proof: string): string {
  const lines = head.map(line =>
    line.replaceAll('Bearer {alice}', () => proof).replaceAll('{alice}', () => fillIn('{alice}')),
  );
  return `${before}${lines.join('\r\n')}${unfinished === true ? '' : '\r\n\r\n'}${content}`;
}

async function answersTo(port: number, bytes: string, deadlineMs = patienceMs): Promise<Came> {
  try {
    const answers = await rawRequest({ port, bytes, deadlineMs });
    return answers.filter(({ status }) => status >= 200 || status < 100 || status === 101);
  } catch (error) {
    const late = error instanceof Error && error.message.startsWith('no complete answer in time; 0 bytes');
    return late ? 'nothing in time' : 'bytes that are no answer';
  }
}

const good = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngood';

async function observeRequest(spelling: RequestSpelling, { port, hub, proof }: Target): Promise<string> {
  hub.answerWith(good);
  const answers = await answersTo(port, bytesOf(spelling, proof));
  const seen = requestObservation(spelling, answers, hub.take());
  hub.cut();
  return seen;
}

async function observeAnswer(spelling: AnswerSpelling, { port, hub, proof }: Target): Promise<string> {
  const { answer, target } = spelling;
  hub.answerWith(
    typeof answer === 'string' ? answer : `HTTP/1.1 200 OK\r\n${answer.join('\r\n')}\r\nContent-Length: 4\r\n\r\ngood`,
  );
  const head = [`GET ${target} HTTP/1.1`, host, `Authorization: ${proof}`];
  const answers = await answersTo(port, `${head.join('\r\n')}\r\n\r\n`);
  hub.take();
  hub.cut();
  return answerObservation(spelling, answers);
}

async function observeRow({ spellings }: AttackRow, target: Target): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const spelling of spellings.filter(isExpressible)) {
    const seen = 'answer' in spelling ? await observeAnswer(spelling, target) : await observeRequest(spelling, target);
    counts.set(seen, (counts.get(seen) ?? 0) + 1);
  }
  return counts;
}

async function observeAll(rows: readonly AttackRow[], target: Target): Promise<Observed['rows']> {
  const observed = new Map<string, ReadonlyMap<string, number>>();
  for (const row of rows) observed.set(row.id, await observeRow(row, target));
  return observed;
}

/** For the first request: a password's hash may be made to take long. */
const firstPatienceMs = 20_000;

/** Alice gets in with her request, or the comparison would say nothing. */
async function assertServes(name: string, target: Target): Promise<void> {
  target.hub.answerWith(good);
  const bytes = `GET /hub/login HTTP/1.1\r\n${host}\r\nAuthorization: ${target.proof}\r\n\r\n`;
  const answers = await answersTo(target.port, bytes, firstPatienceMs);
  const [captured] = target.hub.take();
  const user = captured?.head.filter(line => /^remote-user:/i.test(line));
  const status = typeof answers === 'string' ? answers : answers[0]?.status;
  if (status === 200 && user?.join().toLowerCase() === 'remote-user: alice') return;
  throw new Error(`${name} does not serve alice: ${JSON.stringify({ status, user })}`);
}

/** Says who alice is, to proxies that ask. */
async function openAuthorization(): Promise<Server> {
  const server = createServer((request, response) => {
    const known = request.headers.authorization === basic;
    response.writeHead(known ? 200 : 401, known ? { 'Remote-User': 'alice' } : { 'WWW-Authenticate': 'Basic' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A proxy that runs, and the server behind it. */
export interface Opponent {
  observe(rows: readonly AttackRow[]): Promise<Observed>;
  stop(): Promise<void>;
}

/** Starts a peer in a folder of its own. */
export async function startPeer(peer: AttackPeer, parent: string): Promise<Opponent> {
  const hub = await openCapturingHub();
  const authorization = await openAuthorization();
  const port = await reservePort();
  const folder = join(parent, peer.name);
  mkdirSync(folder, { recursive: true });
  const authorizationPort = (authorization.address() as AddressInfo).port;
  const { command, env, proof = basic } = peer.launch({ port, backendPort: hub.port, authorizationPort, folder });
  const title = `${peer.title} (${peer.version()})`;
  const program = startProgram(0, command, env);
  return {
    async observe(rows) {
      await untilReachable(port, program);
      const target = { port, hub, proof };
      await assertServes(peer.name, target);
      return { name: peer.name, title, rows: await observeAll(rows, target) };
    },
    async stop() {
      await program.stop();
      authorization.closeAllConnections();
      authorization.close();
      await hub.close();
    },
  };
}

/** The gate itself, with a token for a proof. */
export async function startGate(): Promise<Opponent> {
  const hub = await openCapturingHub();
  const gate = await openSocketGate('lab', hub.port);
  return {
    async observe(rows) {
      const target = { port: gate.port, hub, proof: fillIn('Bearer {alice}') };
      await assertServes('hubgate', target);
      return { name: 'hubgate', title: 'hubgate, a bearer token', rows: await observeAll(rows, target) };
    },
    async stop() {
      await gate.close();
      await hub.close();
    },
  };
}

function countsIn(counts: ReadonlyMap<string, number> | undefined): string {
  const sorted = [...(counts ?? [])].sort(([, one], [, other]) => other - one);
  return sorted.map(([seen, count]) => `${count} × ${seen}`).join('; ') || 'can not be said to it';
}

/** Row by row, a line each proxy. */
export function comparisonReport(all: readonly Observed[], catalogue: readonly CatalogueRow[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  const rows = catalogue.filter(({ id }) => all.some(({ rows }) => (rows.get(id)?.size ?? 0) > 0));
  return [
    'What arrived at the server behind, as observed: whom Remote-User named (or nobody), whether another name or a cookie could name',
    'somebody too, whether lines of the attack arrived as they were sent, and whether the target is another. hubgate writes the identity',
    'on /hub/login alone. Of answers: whether the client saw them.',
    ...all.map(({ name, title }) => `${name.padEnd(width)}  ${title}`),
    '',
    ...rows.flatMap(({ id, title }) => [
      `${id}  ${title}`,
      ...all.map(({ name, rows }) => `     ${name.padEnd(width)}  ${countsIn(rows.get(id))}`),
    ]),
    '',
  ].join('\n');
}
