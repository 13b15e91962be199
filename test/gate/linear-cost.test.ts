/** Whatever a client repeats, and wherever it stands, deciding about it costs no more than the bytes that it sent. */
import fc from 'fast-check';
import t from 'tap';
import { parseAnswerHead } from '../../src/wire/message/answer-head.ts';
import { ChunkedReader } from '../../src/wire/message/chunked.ts';
import { headEnd } from '../../src/wire/message/field-lines.ts';
import { parseRequestHead } from '../../src/wire/message/request-head.ts';
import type { ConfigName } from '../contract/configs.ts';
import { alice, host } from '../contract/rows/lines.ts';
import { forwarded, inboundRequest } from '../contract/world.ts';
import { attempt } from '../fuzz/target.ts';

/** A few times what the usual limits let through, so that a cost by the square shows and one by the length does not. */
const inTarget = 20_000;
const inField = 30_000;

const units = [
  ...'\'"\\ \t+;=,%./&~(-_:aé',
  ...['%20', '%2520', '%c3', '%e0', "'a", '\\"', '"a', 'a=', 'a;', 'a,', 'a&', '; ', ', ', '=;', '/.', '/;', 'a:\r\n'],
];

/** What stands around a run, so that no pattern meets its end there. */
const shapes: readonly ((run: string) => string)[] = [run => run, run => `${run}b`, run => `a${run}b`];

let tries = 0;

/** Another text each time: one that was read before costs nothing. */
function fresh(): string {
  tries += 1;
  return `n${tries}`;
}

function decide(config: ConfigName, target: string, ...fields: readonly string[]): void {
  const lines = fields.some(line => line.startsWith('Authorization:')) ? fields : [alice, ...fields];
  const request = inboundRequest([`GET /x HTTP/1.1`, host, ...lines], '127.0.0.1');
  forwarded({ ...request, target }, config);
}

function readBody(bytes: string): void {
  new ChunkedReader().read(Buffer.from(bytes, 'latin1'), 0, () => undefined);
}

interface Spot {
  readonly name: string;
  readonly longest: number;
  readonly take: (text: string) => void;
}

function inFields(name: string, write: (text: string) => string, config: ConfigName = 'roomy'): Spot {
  return { name, longest: inField, take: text => decide(config, `/user/alice/x?${fresh()}`, write(text)) };
}

function inTargets(name: string, write: (text: string) => string): Spot {
  return { name, longest: inTarget, take: text => decide('roomy', write(text)) };
}

const spots: readonly Spot[] = [
  inFields('the name of a cookie', text => `Cookie: ${fresh()}; ${text}=1`),
  inFields('the value of a cookie', text => `Cookie: ${fresh()}; c=${text}`),
  inFields('the value of a cookie, encoded as well', text => `Cookie: ${fresh()}%41; c=%41${text}`),
  inFields('behind the name of a cookie of the hub', text => `Cookie: ${fresh()}; jupyterhub-user-${text}=1`),
  inFields('X-Forwarded-For', text => `X-Forwarded-For: ${fresh()}, ${text}`),
  inFields('X-Forwarded-For behind a proxy', text => `X-Forwarded-For: ${text}, ${fresh()}, 10.42.0.1`),
  inFields('Forwarded', text => `Forwarded: for=${fresh()}, for=${text}`, 'roomyForwarded'),
  inFields('Forwarded, quoted', text => `Forwarded: for=${fresh()}, for="${text}"`, 'roomyForwarded'),
  inFields(
    'Forwarded behind a proxy',
    text => `Forwarded: for="${text}", for=10.42.0.1;x=${fresh()}`,
    'roomyForwarded',
  ),
  inFields('Authorization', text => `Authorization: Bearer ${fresh()}${text}`),
  inFields('the scheme of Authorization', text => `Authorization: ${fresh()}${text} x`),
  inFields('Connection', text => `Connection: ${fresh()}, ${text}`),
  inFields('Accept', text => `Accept: text/html;${fresh()}, ${text}`),
  inFields('Sec-WebSocket-Protocol', text => `Sec-WebSocket-Protocol: ${fresh()}, ${text}`),
  inFields('an asserted user', text => `X-Auth-Request-Preferred-Username: ${fresh()}${text}`),
  inFields('a field of no meaning', text => `X-${fresh()}: ${text}`),
  inTargets("the path of a user's server", text => `/user/alice/${fresh()}${text}`),
  inTargets('the path of the hub', text => `/hub/${fresh()}${text}`),
  inTargets('the name of a user', text => `/user/${fresh()}${text}`),
  inTargets('the name of a parameter', text => `/user/alice/x?%3d=${fresh()}&${text}`),
  inTargets('the value of a parameter', text => `/user/alice/x?token=${fresh()}${text}`),
  inTargets('the query of a login', text => `/hub/login?${fresh()}&${text}`),
  inTargets('next', text => `/hub/login?next=/${fresh()}${text}`),
  inTargets('next, encoded', text => `/hub/login?next=/${fresh()}${encodeURIComponent(text).slice(0, inTarget)}`),
  { name: 'Host', longest: inField, take: text => decide('roomy', '/hub/home', `Host: ${fresh()}${text}`) },
  {
    name: 'the lines of a head',
    longest: inField,
    take: text => parseRequestHead(`GET /${fresh()} HTTP/1.1\r\nA: b\r\n${text}${headEnd}`, 30 + text.length),
  },
  { name: 'trailers', longest: 16_000, take: text => readBody(`0\r\n${text}`) },
  { name: 'chunk extensions', longest: 4090, take: text => readBody(`0;${text}\r\n\r\n`) },
  { name: 'a quoted chunk extension', longest: 4080, take: text => readBody(`0;a="${text}"\r\n\r\n`) },
];

async function breachAt({ name, take }: Spot, text: string): Promise<string[]> {
  const target = { name, grammar: fc.constant(text), words: [], mostBytes: text.length, mostMs: 50, check: take };
  const breach = await attempt(target, text);
  return breach === null ? [] : [`${breach.rule}, ${breach.detail}`];
}

t.test('many names in the Connection of an answer, which a user writes, and many fields', async t => {
  const text = `HTTP/1.1 200 OK\r\nConnection: ${'a,'.repeat(16_000)}b\r\n${'x:\r\n'.repeat(8000)}`;
  const take = (head: string): void => void parseAnswerHead(`${head}\r\n`, head.length, false);
  t.same(await breachAt({ name: 'an answer', longest: text.length, take }, text), []);
});

for (const spot of spots) {
  const { name, longest } = spot;
  t.test(name, async t => {
    const slow: string[] = [];
    for (const unit of units) {
      for (const shape of shapes) {
        const text = shape(unit.repeat(longest / unit.length));
        for (const breach of await breachAt(spot, text)) slow.push(`${JSON.stringify(shape(unit))}: ${breach}`);
      }
    }
    t.same(slow, [], 'nothing takes long');
  });
}
