/** A recorded JupyterLab session, and the hub's pages around it: nothing of it is refused, and it arrives as it was sent. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Finding, Lookup } from '../../src/gate/lookups.ts';
import type { Decision, InboundRequest } from '../../src/gate/stages.ts';
import { parseAddress } from '../../src/http/address.ts';
import type { FieldLine } from '../../src/http/field.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { openCapturingHub } from '../contract/capturing-hub.ts';
import { openPolicyGate } from '../contract/socket-world.ts';
import { contractNow } from '../contract/tokens.ts';
import { assertedUserHeader } from '../gates/lab.ts';
import { Account, readerOf } from './arrival.ts';
import { type RecordedRequest, readRecording, recordingText } from './recording.ts';
import { labTrafficPolicy } from './world.ts';

const recording = readRecording();
const policy = labTrafficPolicy();

/**
 * All that the gate keeps from the hub, from servers and from services in this traffic: what is not on the closed list
 * (design 4.2), and `__Host-` cookies, which browsers send everywhere, where they are not their owner's (design 4.5).
 */
const takenAway: readonly string[] = [
  'hub: cookie __host-jupyterhub-user-alice%40lab.example',
  'hub: cookie __host-jupyterhub-user-alice%40lab.example-a-b-u',
  'hub: cookie __host-jupyterhub-user-alice%40lab.example-a-b-u-oauth-state',
  'hub: cookie __host-jupyterhub-user-alice%40lab.example-oauth-state',
  'hub: cookie __host-jupyterhub-user-bob',
  'hub: cookie __host-jupyterhub-user-bob-oauth-state',
  'hub: sec-ch-ua',
  'hub: sec-ch-ua-mobile',
  'hub: sec-ch-ua-platform',
  'hub: upgrade-insecure-requests',
  'services/Grader: cookie __host-jupyterhub-hub-login',
  'services/Grader: cookie __host-jupyterhub-user-alice%40lab.example',
  'services/Grader: cookie __host-jupyterhub-user-alice%40lab.example-a-b-u',
  'services/Grader: cookie __host-jupyterhub-user-bob',
  'user/alice@lab.example: cookie __host-jupyterhub-hub-login',
  'user/bob: cookie __host-jupyterhub-hub-login',
  'user/bob: cookie __host-jupyterhub-user-alice%40lab.example',
  'user/bob: cookie __host-jupyterhub-user-alice%40lab.example-a-b-u',
];

function valueIn({ head }: RecordedRequest, lowerName: string): string | undefined {
  return head
    .find(line => line.toLowerCase().startsWith(`${lowerName}:`))
    ?.slice(lowerName.length + 1)
    .trim();
}

/** The pages' own tokens, by the user whose browser sent them. */
const owners = new Map(
  recording.flatMap((request): [string, string][] => {
    const [scheme, token] = valueIn(request, 'authorization')?.split(' ') ?? [];
    return scheme === 'token' && token !== undefined ? [[token, request.user]] : [];
  }),
);

/** As long as the one that was recorded; the hub's page asks for its tokens in JSON. */
function bodyOf({ head: [requestLine = ''], bodyBytes }: RecordedRequest): string {
  const isJson = /^POST \/hub\/api\/users\/[^/]+\/tokens\b/.test(requestLine);
  return isJson ? JSON.stringify({ note: 'x'.repeat(bodyBytes - '{"note":""}'.length) }) : 'x'.repeat(bodyBytes);
}

function findingFor(lookup: Lookup): Finding {
  if (lookup.what !== 'hub-token-owner') throw new Error(`nothing here asks for ${lookup.what}`);
  return { what: 'hub-token-owner', hubUser: owners.get(lookup.token) };
}

/** With the sign-in proxy's word. */
function asserted({ user, head }: RecordedRequest): string[] {
  return [...head, `${assertedUserHeader}: ${user}`];
}

function fieldLine(line: string): FieldLine {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function inbound(request: RecordedRequest): InboundRequest {
  const [requestLine = '', ...lines] = asserted(request);
  const [method = '', target = ''] = requestLine.split(' ');
  const address = parseAddress('127.0.0.1');
  if (address === null) throw new Error('no address');
  return { method, target, httpVersion: '1.1', fields: lines.map(fieldLine), peer: { kind: 'ip', address } };
}

function decided(request: RecordedRequest): Exclude<Decision, Lookup> {
  const findings = new Map<string, Finding>();
  for (;;) {
    const decision = decide(inbound(request), policy, { now: contractNow, findings });
    if (decision.kind !== 'lookup') return decision;
    if (findings.has(decision.key)) throw new Error('the decision asks in circles');
    const isBody = decision.what === 'body';
    findings.set(decision.key, isBody ? { what: 'body', bytes: Buffer.from(bodyOf(request)) } : findingFor(decision));
  }
}

function isWebSocket(request: RecordedRequest): boolean {
  return valueIn(request, 'upgrade') === 'websocket';
}

t.test('the recording is what it is said to be', async t => {
  t.ok(recording.length >= 1000, `${recording.length} requests`);
  const count = (fits: (request: RecordedRequest) => boolean): number => recording.filter(fits).length;
  const targetOf = ({ head }: RecordedRequest): string => head[0]?.split(' ')[1] ?? '';
  for (const reader of ['hub', 'user', 'services'] as const)
    t.ok(count(each => readerOf(targetOf(each)) === reader) > 5, reader);
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    t.ok(count(({ head }) => head[0]?.startsWith(`${method} `) === true) > 5, method);
  for (const part of ['/api/kernels/', '/api/events/subscribe', '/terminals/websocket/'])
    t.ok(count(each => isWebSocket(each) && targetOf(each).includes(part)) > 0, `a WebSocket of ${part}`);
  for (const name of ['a%20b', 'a%252Fb', '%C3%A9', '%23', '%2B', '%3B', 'a%25b'])
    t.ok(count(each => targetOf(each).includes(`/api/contents/${name}`)) > 0, `a file named ${name}`);
  t.ok(count(({ bodyBytes }) => bodyBytes > 1_000_000) > 0, 'a large upload');
  t.ok(count(each => valueIn(each, 'cookie')?.includes('__Host-') === true) > 100, '__Host- cookies');
  t.notMatch(recordingText(), /\/(?:home|root|tmp|usr|var)\/|localhost|127\.0\.0\.1/, 'nothing of the machine');
});

t.test('decide() refuses nothing, and takes away what it says', async t => {
  const account = new Account();
  const refusals: string[] = [];
  for (const request of recording) {
    const decision = decided(request);
    if (decision.kind === 'refuse') refusals.push(`${request.head[0]}: ${decision.refusal.reason}`);
    else if (decision.kind === 'forward') account.add(request, decision.request);
    else refusals.push(`${request.head[0]}: ${decision.kind}`);
  }
  t.same(refusals, [], 'no refusal');
  t.same(account.faults, [], 'every request is as it was sent');
  t.same([...account.taken].sort(), takenAway, 'what is taken away');
});

function acceptance(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

const fine = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

function switching(request: RecordedRequest): string {
  const accept = acceptance(valueIn(request, 'sec-websocket-key') ?? '');
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** What the doors write of their own. */
const doorLine = /^(?:content-length|connection|upgrade):/i;

t.test('through sockets', async t => {
  const hub = await openCapturingHub();
  t.teardown(() => hub.close());
  const refusals: unknown[] = [];
  const gate = await openPolicyGate({
    policy,
    find: findingFor,
    hubPort: hub.port,
    onSettled({ refusal }) {
      if (refusal !== undefined) refusals.push(refusal);
    },
  });
  t.teardown(() => gate.close());
  const account = new Account();
  for (const request of recording) {
    const isUpgrade = isWebSocket(request);
    hub.answerWith(isUpgrade ? switching(request) : fine);
    const bytes = `${asserted(request).join('\r\n')}\r\n\r\n${bodyOf(request)}`;
    const [answer] = await rawRequest({ port: gate.port, bytes });
    const [first, ...more] = hub.take();
    const [requestLine = '', ...lines] = first?.head ?? [];
    const [method = '', target = ''] = requestLine.split(' ');
    account.add(request, { method, target, fields: lines.filter(line => !doorLine.test(line)).map(fieldLine) });
    const got = [answer?.status, first?.content.length, more.length];
    const wanted = [isUpgrade ? 101 : 200, request.bodyBytes, 0];
    if (got.join() !== wanted.join()) account.faults.push(`${request.head[0]}: ${got} instead of ${wanted}`);
  }
  t.same(refusals, [], 'no refusal');
  t.same(account.faults, [], 'every request arrives as it was sent');
  t.same([...account.taken].sort(), takenAway, 'what is taken away');
});
