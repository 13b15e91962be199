/** The request's head: what is taken and forwarded, every parser reads as one request with those very fields. */
import {
  endOfHead,
  parseRequestHead,
  type RequestHead,
  unfinishedFault,
} from '../../../src/wire/message/request-head.ts';
import { writeOutboundHead } from '../../../src/wire/upstream/outbound-head.ts';
import { forwarded, peerOf } from '../../contract/world.ts';
import { oddLines, oddMethods, oddTargets, oddVersions } from '../../differential/corpus/oddities.ts';
import { openLlhttp } from '../../differential/oracles/llhttp.ts';
import { comparable, type RequestRead } from '../../differential/reading.ts';
import { requestCases } from '../../differential/request-cases.ts';
import { cutMessage, framingOf } from '../../differential/strict-messages.ts';
import { proofHeader } from '../../differential/world.ts';
import { publicHost } from '../../gates/lab.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

/** The sign-in proxy of the contract's configs, and the header that it asserts a user with. */
const peer = peerOf('127.0.0.3');
const asserted = 'X-Auth-Request-Preferred-Username';

const llhttp = openLlhttp();
const requestLine = /^[A-Z]+ [^ ]+ HTTP\/1\.[01]$/;
const none = { kind: 'length', bytes: 0 } as const;
const mostBody = 64;

/** No piece of a head that goes on may be called hopeless while it comes in. */
function demandHopeful(text: string): void {
  const step = Math.max(1, Math.floor(text.length / 16));
  for (let length = 1; length < text.length; length += step) {
    const fault = unfinishedFault(text.slice(0, length));
    demand(fault === null, 'a head that goes on is taken in pieces as well', length, fault);
  }
}

/** A body as the framing has it, for parsers that do not tell of a request before its end; null for one too long. */
function bodyFor({ framing }: RequestHead): string | null {
  if (!framing.ok || framing.body.kind === 'none') return '';
  if (framing.body.kind === 'chunked') return '0\r\n\r\n';
  return framing.body.bytes > mostBody ? null : 'x'.repeat(framing.body.bytes);
}

function demandOneReading(head: RequestHead, text: string, body: string): void {
  const cut = cutMessage(text + body, requestLine, ({ lines }) => framingOf(lines, none));
  demand(cut.kind === 'whole', 'the narrowest grammar reads what goes on', cut);
  const { start, lines, length } = cut.message;
  demandSame(start, `${head.method} ${head.target} HTTP/${head.httpVersion}`, 'the request line is as it was received');
  demandSame(head.fields, lines, 'the fields are those that the narrowest grammar reads');
  demandSame(length, text.length + body.length, 'the body ends where the narrowest grammar ends it');
}

async function demandRead(bytes: string, wanted: RequestRead, rule: string): Promise<void> {
  const [reading] = await llhttp.read([bytes]);
  demand(reading !== undefined && reading.refused === null && reading.requests.length === 1, rule, reading);
  const [read] = reading.requests;
  const { method, target, lines } = wanted;
  demandSame([read?.method, read?.target, comparable(read?.lines ?? [])], [method, target, comparable(lines)], rule);
}

async function demandForwarded(head: RequestHead, text: string, body: string): Promise<void> {
  const { method, target, fields } = head;
  const outbound = forwarded({ ...head, peer }, 'general');
  if (outbound === null) return;
  demandHopeful(text);
  demandOneReading(head, text, body);
  await demandRead(
    text + body,
    { method, target, lines: fields, body: '' },
    'llhttp reads from the client what goes on',
  );
  const written = writeOutboundHead(outbound, []);
  demand(written.ok, 'what is forwarded can be written', written);
  const lines = outbound.fields;
  demandSame(lines.filter(([name]) => name === 'X-App-User').length, 1, 'the hub is told one user');
  await demandRead(
    written.text,
    { ...outbound, lines, body: '' },
    'llhttp reads at the hub one request with the intended fields',
  );
}

/** The head of a request. */
export const requestHead: FuzzTarget = {
  name: 'request-head',
  grammar: requestCases.map(pieces =>
    pieces.join('').replaceAll(publicHost, 'hub.example').replaceAll(proofHeader, asserted),
  ),
  words: [
    ...oddLines.map(line => `${line}\r\n`),
    ...oddMethods,
    ...oddTargets,
    ...oddVersions,
    `${asserted}: alice\r\n`,
  ],
  mostBytes: 16 * 1024,
  mostMs: 50,
  async check(input) {
    const end = endOfHead(input);
    if (input !== '') unfinishedFault(input);
    if (end === -1) return;
    const text = input.slice(0, end + 4);
    const head = parseRequestHead(text, end);
    if (typeof head === 'string') return;
    const values = [head.method, head.target, ...head.fields.flat()];
    demand(!values.some(value => /[\r\n]/.test(value)), 'nothing that is taken holds the end of a line', values);
    const body = bodyFor(head);
    if (body !== null && head.framing.ok) await demandForwarded(head, text, body);
  },
};
