/** The one player of all attacks: the contract's configs behind real doors, a hub that keeps every byte, a client that sends exactly the row's. */
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { parseConfig } from '../../src/config/load.ts';
import { type ReasonId, reasons } from '../../src/gate/reasons.ts';
import { type AuditRecord, auditLine } from '../../src/observe/audit.ts';
import { fieldValues, rawRequest } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { type CapturingHub, openCapturingHub } from '../contract/capturing-hub.ts';
import type { ConfigName } from '../contract/configs.ts';
import { asAlice, handshake, handshakeAtHub } from '../contract/rows/lines.ts';
import { decidedHead, payloadIn, reasonIn } from '../contract/seen.ts';
import { openSocketGate, type SocketGate } from '../contract/socket-world.ts';
import { fillIn } from '../contract/tokens.ts';
import { expectedLines } from '../contract/world.ts';
import type { AnswerSpelling, ConfigSpelling, Door, RequestSpelling, Spelling } from './attack.ts';

/** What became of a spelling, beside what should have. */
export interface Outcome {
  readonly got: object;
  readonly wanted: object;
}

/** Doors that are open. */
export interface Arena {
  play(spelling: Spelling, door: Door): Promise<Outcome>;
  /** Every audit line so far. */
  audit(): readonly string[];
  close(): Promise<void>;
}

/** The accept of the contract's handshake (RFC 6455 §4.2.2). */
const accept = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** What the hub says to what it is asked, unless a row has it lie. */
const goodAnswer: Readonly<Record<Exclude<Door, 'config'>, string>> = {
  proxy: 'HTTP/1.1 200 Fine\r\nContent-Length: 4\r\n\r\ngood',
  websocket: switchWith([]),
};

function switchWith(lines: readonly string[]): string {
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', accept, ...lines];
  return `${head.join('\r\n')}\r\n\r\n`;
}

/** Names that every answer has from its door. */
const doorNames: ReadonlySet<string> = new Set(['content-length', 'connection', 'keep-alive', 'upgrade']);

/** No row needs a longer line than this one, however much the client says. */
const longestAuditLine = 2048;

/** For a record of a request that is over. */
const patienceMs = 10_000;

/** The one that is answered, and the one after it. */
const requestsOfAnAnswer = 2;

/** Audit records of all gates, as requests end. */
interface Records {
  readonly all: readonly AuditRecord[];
  add(record: AuditRecord): void;
  /** Those behind the first `count`, once there are so many; a client may know of the end before the record is made. */
  since(count: number, fewest: number): Promise<readonly AuditRecord[]>;
}

function openRecords(): Records {
  const all: AuditRecord[] = [];
  const settled = new EventEmitter();
  return {
    all,
    add(record) {
      all.push(record);
      settled.emit('one');
    },
    async since(count, fewest) {
      while (all.length < count + fewest) await once(settled, 'one', { signal: AbortSignal.timeout(patienceMs) });
      return all.slice(count);
    },
  };
}

/** Opens gates as rows need them. */
export async function openArena(): Promise<Arena> {
  const hub = await openCapturingHub();
  const records = openRecords();
  const gates = new Map<ConfigName, Promise<SocketGate>>();
  const gateOf = (name: ConfigName): Promise<SocketGate> => {
    const gate = gates.get(name) ?? openSocketGate(name, hub.port, records.add);
    gates.set(name, gate);
    return gate;
  };
  return {
    async play(spelling, door) {
      if ('problemAt' in spelling) return playConfig(spelling);
      const before = records.all.length;
      if ('answer' in spelling) {
        const { port } = await gateOf(spelling.config ?? 'lab');
        const outcome = await playAnswer(spelling, door, port, hub);
        await records.since(before, requestsOfAnAnswer);
        return outcome;
      }
      const outcome =
        spelling.idle === undefined
          ? await playRequest(spelling, door, (await gateOf(spelling.config ?? 'lab')).port, hub)
          : await playAmongIdle(spelling, door, hub, records);
      return withAudit(outcome, spelling, await records.since(before, 1));
    },
    audit: () => records.all.map(record => auditLine(record, '')),
    async close() {
      for (const gate of gates.values()) await (await gate).close();
      await hub.close();
    },
  };
}

/** In a gate of its own, which counts no other connections. */
async function playAmongIdle(
  spelling: RequestSpelling,
  door: Door,
  hub: CapturingHub,
  records: Records,
): Promise<Outcome> {
  const gate = await openSocketGate(spelling.config ?? 'lab', hub.port, records.add);
  const { port } = gate;
  const sockets = (spelling.idle ?? []).map(localAddress => connect({ port, host: '127.0.0.1', localAddress }));
  try {
    await Promise.all(sockets.map(socket => once(socket, 'connect')));
    return await playRequest(spelling, door, port, hub);
  } finally {
    for (const socket of sockets) socket.destroy();
    await gate.close();
  }
}

/** The outcome with what the audit line says of it. */
function withAudit({ got, wanted }: Outcome, { counted }: RequestSpelling, records: readonly AuditRecord[]): Outcome {
  const longest = Math.max(0, ...records.map(record => auditLine(record, '').length));
  const audited = {
    auditLine: longest <= longestAuditLine ? 'short' : longest,
    ...(counted === undefined ? {} : { counted: records.flatMap(({ spoofed }) => spoofed).sort() }),
  };
  const expected = { auditLine: 'short', ...(counted === undefined ? {} : { counted: [...counted].sort() }) };
  return { got: { ...got, ...audited }, wanted: { ...wanted, ...expected } };
}

function bytesOf({ before = '', head, content = '', unfinished }: RequestSpelling, door: Door): string {
  const lines = door === 'websocket' && !asksToSwitch(head) ? [...head, ...handshake] : head;
  return `${before}${lines.map(fillIn).join('\r\n')}${unfinished === true ? '' : '\r\n\r\n'}${content}`;
}

function asksToSwitch(head: readonly string[]): boolean {
  return head.some(line => /^upgrade:/i.test(line));
}

function playRequest(spelling: RequestSpelling, door: Door, port: number, hub: CapturingHub): Promise<Outcome> {
  const { expect, peer = '127.0.0.1' } = spelling;
  const sent = { port, localAddress: peer, bytes: bytesOf(spelling, door) };
  hub.answerWith(door === 'websocket' ? goodAnswer.websocket : goodAnswer.proxy);
  return 'refused' in expect
    ? playRefusal(sent, expect.refused, door === 'websocket' || expect.closes === true, hub)
    : playForward(sent, spelling, expect, door === 'websocket', hub);
}

interface Sent {
  readonly port: number;
  readonly localAddress: string;
  readonly bytes: string;
}

/** The final answers; a word in place of them where there is none in time. */
async function answersTo(sent: Sent, untilClosed: boolean): Promise<RawResponse[] | string> {
  try {
    const responses = await rawRequest({ ...sent, untilClosed, head: sent.bytes.startsWith('HEAD ') });
    return responses.filter(({ status }) => status >= 200 || status < 100 || status === 101);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One answer with status and reason, and then the end: where the reason closes, and where a handshake was refused. */
async function playRefusal(sent: Sent, reason: ReasonId, alwaysCloses: boolean, hub: CapturingHub): Promise<Outcome> {
  const { status } = reasons[reason];
  const closes = alwaysCloses || reasons[reason].closes === true;
  const answers = await answersTo(sent, closes);
  const [answer = null] = typeof answers === 'string' ? [] : answers;
  return {
    got: {
      answers: typeof answers === 'string' ? answers : answers.length,
      status: answer?.status,
      reason: reasonIn(answer),
      saysClose: answer === null ? false : fieldValues(answer, 'connection').includes('close'),
      atHub: hub.take(),
    },
    wanted: { answers: 1, status, reason, saysClose: closes, atHub: [] },
  };
}

function withHandshake(lines: readonly string[], spelling: RequestSpelling): readonly string[] {
  if (asksToSwitch(spelling.head)) return lines;
  const at = lines.findIndex(line => line.startsWith('{forwarding '));
  return [...lines.slice(0, at), ...handshakeAtHub, ...lines.slice(at)];
}

/** One request at the hub, of exactly these lines. */
async function playForward(
  sent: Sent,
  spelling: RequestSpelling,
  expect: Extract<RequestSpelling['expect'], { atHub: unknown }>,
  isSocket: boolean,
  hub: CapturingHub,
): Promise<Outcome> {
  const answers = await answersTo(sent, false);
  const [line = '', ...fields] = expectedLines(isSocket ? withHandshake(expect.atHub, spelling) : expect.atHub);
  const body = /^(?:DELETE|OPTIONS|GET|HEAD) /.test(line) ? 'measure' : 'stream';
  const atHub = hub.take().map(captured => ({
    head: decidedHead(captured, isSocket, body),
    payload: payloadIn(captured.head, captured.content),
  }));
  return {
    got: { statuses: typeof answers === 'string' ? answers : answers.map(({ status }) => status), atHub },
    wanted: {
      statuses: [isSocket ? 101 : 200],
      atHub: [{ head: [`${line} HTTP/1.1`, ...fields], payload: expect.payload ?? '' }],
    },
  };
}

function answerBytes({ answer }: AnswerSpelling, isSocket: boolean): string {
  if (typeof answer === 'string') return answer;
  if (isSocket) return switchWith(answer);
  return `HTTP/1.1 200 OK\r\n${answer.join('\r\n')}\r\nContent-Length: 4\r\n\r\ngood`;
}

/** What a client sees of an answer; the door's own fields are left out. */
function seenIn(response: RawResponse | undefined): readonly string[] {
  const fields = (response?.fields ?? []).filter(([name]) => !doorNames.has(name.toLowerCase()));
  return fields.map(([name, value]) => `${name}: ${value}`);
}

/** Of a 101 the client sees the handshake's own fields and cookies. */
function seenAtSwitch(lines: readonly string[]): readonly string[] {
  return [accept, ...lines.filter(line => /^set-cookie:/i.test(line))];
}

/** The answer as the client sees it; and the next request gets its own answer, on a connection that heard no lie. */
async function playAnswer(
  { target, seen, ...spelling }: AnswerSpelling,
  door: Door,
  port: number,
  hub: CapturingHub,
): Promise<Outcome> {
  const isSocket = door === 'websocket';
  const head = asAlice(`GET ${target}`, ...(isSocket ? handshake : []));
  const sent = { port, localAddress: '127.0.0.1', bytes: `${head.map(fillIn).join('\r\n')}\r\n\r\n` };
  const lies = typeof spelling.answer === 'string';
  hub.answerWith(answerBytes({ target, seen, ...spelling }, isSocket), lies ? 'stay' : 'close');
  const answers = await answersTo(sent, false);
  const asked = hub.take().length;
  if (lies) await hub.left();
  const next = await nextAnswer(port, hub);
  const [answer] = typeof answers === 'string' ? [] : answers;
  const count = typeof answers === 'string' ? answers : answers.length;
  const status = answer?.status;
  if (seen === 'refused') {
    return {
      got: { count, status, reason: reasonIn(answer ?? null), asked, next },
      wanted: { count: 1, status: 502, reason: 'hub-answer-invalid', asked: 1, next: 'good' },
    };
  }
  if (seen === 'one answer') {
    return {
      got: { count, status, body: answer?.body.toString('latin1'), asked, next },
      wanted: { count: 1, status: 200, body: 'good', asked: 1, next: 'good' },
    };
  }
  return {
    got: { count, status, seen: seenIn(answer), asked, next },
    wanted: {
      count: 1,
      status: isSocket ? 101 : 200,
      seen: isSocket ? seenAtSwitch(seen) : seen,
      asked: 1,
      next: 'good',
    },
  };
}

/** What an ordinary request gets after all this. */
async function nextAnswer(port: number, hub: CapturingHub): Promise<string> {
  hub.answerWith(goodAnswer.proxy);
  const bytes = `${asAlice('GET /user/alice/next').map(fillIn).join('\r\n')}\r\n\r\n`;
  const answers = await answersTo({ port, localAddress: '127.0.0.1', bytes }, false);
  hub.take();
  return typeof answers === 'string' ? answers : answers.map(({ body }) => body.toString('latin1')).join();
}

function playConfig({ config, problemAt }: ConfigSpelling): Outcome {
  const parsed = parseConfig(config, 'attack.yaml', {});
  return {
    got: { problems: parsed.ok ? [] : parsed.problems.map(({ path }) => path) },
    wanted: { problems: problemAt.split(', ') },
  };
}
