/** The law of requests: what the gate forwards, every server reads as it did; what some server reads otherwise, it refused. */
import { type Answer, readAnswers } from './answers.ts';
import type { Breach } from './campaign.ts';
import { differencesOf } from './comparison.ts';
import type { Heard } from './piecewise-client.ts';
import { proxiedDifference } from './proxied.ts';
import { comparable, differenceOf, type OracleName, type Reading, type RequestRead } from './reading.ts';
import { type Line, type Message, valuesOf } from './strict-messages.ts';
import { cutRequest, type Segment } from './tapped-hub.ts';
import { identityHeader, ownLines, proofHeader } from './world.ts';

/** The field by which the hub numbers its answers. */
export const serialHeader = 'X-Hub-Serial';

/** What became of a client's bytes. */
export interface Passage {
  /** latin1. */
  readonly sent: string;
  readonly heard: Heard;
  /** What somebody else was answered, who came right behind with `GET /bystander` as bob. */
  readonly bystander: Heard;
  readonly segments: readonly Segment[];
  /** No half request was left lying on a connection to the hub. */
  readonly settled: boolean;
}

/** How every server read the same bytes. */
export type Readings = ReadonlyMap<OracleName, Reading>;

/** What can be breached. */
type Rule =
  | 'the gate answers in plain HTTP/1.1 and closes in time'
  | 'the gate does not fail'
  | 'an ambiguous request ends the connection'
  | 'the hub gets plain requests'
  | 'every server reads the bytes at the hub alike'
  | 'the hub gets the intended fields'
  | 'what is forwarded, every server read so from the client'
  | 'every answer belongs to one request'
  | 'nobody else is touched';

/** A breach of the law of requests. */
export type RequestBreach = Breach<Rule>;

interface AtHub {
  readonly request: RequestRead;
  readonly message: Message;
}

/** The requests of a segment as a reader of the narrowest grammar finds them, and why it stops. */
function cutSegment({ bytes, serials }: Segment): { found: Map<string, AtHub>; fault: string | null } {
  const found = new Map<string, AtHub>();
  let at = 0;
  for (;;) {
    const cut = cutRequest(bytes.slice(at));
    if (cut.kind === 'fault') return { found, fault: cut.fault };
    if (cut.kind === 'partial') return { found, fault: null };
    const { message } = cut;
    const [method = '', target = ''] = message.start.split(' ');
    const { lines, body } = message;
    found.set(serials[found.size] ?? '', { message, request: { method, target, lines, body } });
    at += message.length;
  }
}

/** Every whole request at the hub, by its serial. */
function requestsAtHub(segments: readonly Segment[]): Map<string, AtHub> {
  return new Map(segments.flatMap(segment => [...cutSegment(segment).found]));
}

function breach(rule: Rule, kind: string, detail = ''): RequestBreach {
  return { rule, kind, detail };
}

function serialOf({ lines }: Answer): string | undefined {
  return valuesOf(lines, serialHeader.toLowerCase())[0];
}

function closes({ lines }: Answer): boolean {
  return valuesOf(lines, 'connection').some(value => /\bclose\b/i.test(value));
}

function answerBreaches({ heard }: Passage, answers: readonly Answer[], fault: string | null): RequestBreach[] {
  const found: RequestBreach[] = [];
  const rule = 'the gate answers in plain HTTP/1.1 and closes in time';
  if (!heard.closed) found.push(breach(rule, 'left open'));
  if (fault !== null) found.push(breach(rule, 'no answer', fault));
  answers.forEach((answer, at) => {
    const own = serialOf(answer) === undefined;
    if (!answer.whole) found.push(breach(rule, 'a cut answer', String(answer.status)));
    if (own && answer.status >= 500 && answer.status !== 501) {
      found.push(breach('the gate does not fail', String(answer.status), answer.body));
    }
    const ends = closes(answer) && at === answers.length - 1;
    if (own && answer.status === 400 && !ends) {
      found.push(breach('an ambiguous request ends the connection', 'not the last answer', answer.body));
    }
  });
  return found;
}

function differsAt(name: OracleName): typeof differenceOf {
  return name === 'hub stack' ? proxiedDifference : differenceOf;
}

function segmentBreaches(segment: Segment, readings: Readings): RequestBreach[] {
  const { found, fault } = cutSegment(segment);
  const { bytes } = segment;
  const messages = [...found.values()];
  const requests = messages.map(({ request }) => request);
  const rule = 'the hub gets plain requests';
  return [
    ...(fault === null ? [] : [breach(rule, 'no request', fault)]),
    ...(messages.every(({ message }) => message.plain) ? [] : [breach(rule, 'chunks that are not plain')]),
    ...[...readings]
      .flatMap(([name, reading]) =>
        differencesOf(name, reading, { bytes, requests, differs: differsAt(name), goesOn: false }),
      )
      .map(({ kind, detail }) => breach('every server reads the bytes at the hub alike', kind, detail)),
  ];
}

/** The lines of the hop, and those that the gate owes to nobody. */
const gateLines: ReadonlySet<string> = new Set([
  ...ownLines.keys(),
  identityHeader.toLowerCase(),
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
]);

function ownBreaches({ lines }: RequestRead): RequestBreach[] {
  const rule = 'the hub gets the intended fields';
  return [...ownLines].flatMap(([name, value]) => {
    const values = valuesOf(lines, name);
    return values.length === 1 && values[0] === value ? [] : [breach(rule, name, values.join(' | '))];
  });
}

/** Whether the gate passes every line of that name; below /hub it has a closed list. */
function passes(name: string, target: string): boolean {
  return name === 'host' || (name.startsWith('x-any') && !target.startsWith('/hub'));
}

/** What of the lines at the hub a client's lines, as one server read them, do not account for; null when nothing. */
function unaccounted({ lines: atHub, target }: RequestRead, fromClient: readonly Line[]): string | null {
  const names = new Set([...atHub, ...fromClient].map(([name]) => name.toLowerCase()));
  for (const name of names) {
    if (gateLines.has(name)) continue;
    const there = valuesOf(atHub, name);
    const here = name === 'cookie' ? [valuesOf(fromClient, name).join('; ')] : valuesOf(fromClient, name);
    if (there.length === 0 && !passes(name, target)) continue;
    if (JSON.stringify(there) !== JSON.stringify(here)) return name;
  }
  const users = valuesOf(atHub, identityHeader.toLowerCase()).join('\n');
  return users === valuesOf(fromClient, proofHeader.toLowerCase()).join('\n').toLowerCase() ? null : 'the identity';
}

function inboundDifference(forwarded: RequestRead, read: RequestRead | undefined): string | null {
  if (read === undefined) return 'no request';
  const { method, target, body } = read;
  const difference = differenceOf(forwarded, { method, target, body, lines: forwarded.lines });
  if (difference !== null) return difference;
  const name = unaccounted(forwarded, read.lines);
  return name === null ? null : 'field lines';
}

/** A refusal that leaves the connection open takes its request with it, whatever it was. */
function inboundBreaches(
  { sent }: Passage,
  answers: readonly Answer[],
  atHub: ReadonlyMap<string, AtHub>,
  inbound: Readings,
): RequestBreach[] {
  const requests = answers.map(answer => atHub.get(serialOf(answer) ?? '')?.request ?? null);
  const last = answers.at(-1);
  const goesOn = last === undefined || closes(last);
  return [...inbound]
    .flatMap(([name, reading]) =>
      differencesOf(name, reading, { bytes: sent, requests, differs: inboundDifference, goesOn }),
    )
    .map(({ kind, detail }) => breach('what is forwarded, every server read so from the client', kind, detail));
}

function matchBreaches(answers: readonly Answer[], atHub: ReadonlyMap<string, AtHub>): RequestBreach[] {
  const rule = 'every answer belongs to one request';
  const serials = answers.map(serialOf).filter(serial => serial !== undefined);
  const found: RequestBreach[] = [];
  if (new Set(serials).size < serials.length) found.push(breach(rule, 'one answer twice'));
  if (serials.some(serial => !atHub.has(serial))) found.push(breach(rule, 'an answer to nobody here'));
  for (const [serial, { request }] of atHub) {
    if (!serials.includes(serial)) found.push(breach(rule, 'a request at the hub, no answer', JSON.stringify(request)));
  }
  return found;
}

/** Takes the bystander's request out of those at the hub; a breach where they were not answered as if alone. */
function bystanderBreaches({ bystander }: Passage, atHub: Map<string, AtHub>): RequestBreach[] {
  const [answer, ...more] = readAnswers(bystander.bytes, bystander.closed).answers;
  const serial = answer === undefined ? '' : (serialOf(answer) ?? '');
  const request = atHub.get(serial)?.request;
  atHub.delete(serial);
  const user = valuesOf(request?.lines ?? [], identityHeader.toLowerCase()).join('\n');
  if (request?.target === '/bystander' && user === 'bob' && more.length === 0) return [];
  return [breach('nobody else is touched', 'the bystander', JSON.stringify([bystander, request]))];
}

/** What a case was good for. */
export interface Tally {
  /** Requests that went to the hub. */
  readonly forwarded: number;
  /** The gate refused something. */
  readonly refused: boolean;
  /** The servers did not read the client's bytes alike. */
  readonly disputed: boolean;
}

/** Sums a case up. */
export function tallyOf({ heard }: Passage, inbound: Readings): Tally {
  const { answers } = readAnswers(heard.bytes, heard.closed);
  const forwarded = answers.filter(answer => serialOf(answer) !== undefined).length;
  const read = new Set(
    [...inbound.values()].map(({ requests }) =>
      JSON.stringify(requests.map(request => ({ ...request, lines: comparable(request.lines) }))),
    ),
  );
  return { forwarded, refused: forwarded < answers.length, disputed: read.size > 1 };
}

/** Every breach; `outbound` has a reading for each segment. */
export function requestBreaches(passage: Passage, inbound: Readings, outbound: readonly Readings[]): RequestBreach[] {
  const { answers, fault } = readAnswers(passage.heard.bytes, passage.heard.closed);
  const atHub = requestsAtHub(passage.segments);
  const own = [...atHub.values()].flatMap(({ request }) => ownBreaches(request));
  const touched = bystanderBreaches(passage, atHub);
  const half = passage.settled ? [] : [breach('the hub gets plain requests', 'half a request is left there')];
  return [
    ...answerBreaches(passage, answers, fault),
    ...half,
    ...passage.segments.flatMap((segment, at) => segmentBreaches(segment, outbound[at] ?? new Map())),
    ...own,
    ...touched,
    ...inboundBreaches(passage, answers, atHub, inbound),
    ...matchBreaches(answers, atHub),
  ];
}
