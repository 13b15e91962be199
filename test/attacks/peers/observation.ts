/** What became of a spelling at some proxy, in words that judge nothing. */
import type { RawResponse } from '../../clients/response-reader.ts';
import type { Captured } from '../../contract/capturing-hub.ts';
import type { AnswerSpelling, RequestSpelling } from '../attack.ts';

/** How long a proxy may take to say anything. */
export const patienceMs = 1000;

/** What came back: answers, or why there are none. */
export type Came = readonly RawResponse[] | 'nothing in time' | 'bytes that are no answer';

/** The names under which a server could read who the user is, folded; the forwarding family aside. */
const identityNames =
  /^(?:http-)*(?:remote-.*|x-remote-.*|mount|x-hubgate-.*|x-forwarded-(?:user|email|groups|access-token)|x-auth-request-.*|x-amzn-oidc-.*|oidc-.*|username|token|proxy|x-userinfo)$/;

/** Who is proven; the client's line that says the same can not be told from the proxy's. */
const user = 'alice';

const identityCookie = /(?:^|[\s;,$"=])(?:username|token|_oauth2_proxy)/i;

function folded(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '-').toLowerCase();
}

function parts(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

/** What a line says of the user; null for a line that says nothing of it. */
function identityIn(line: string): string | null {
  const [name, value] = parts(line);
  const short = value.slice(0, 12);
  if (name.toLowerCase() === 'remote-user') return short === '' ? "''" : short;
  if (name.toLowerCase() === 'cookie') return identityCookie.test(value) ? 'cookie' : null;
  return identityNames.test(folded(name)) && value !== '' ? 'another name' : null;
}

/** Lines that are not the attack's: the request's own. */
const ownNames: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
]);

function attackLines({ head }: RequestSpelling): string[] {
  return head.slice(1).filter(line => !ownNames.has(parts(line)[0].toLowerCase()));
}

const trailers = /\r\n0\r\n[^\r\n]+\r\n/;

function arrivals(spelling: RequestSpelling, captured: readonly Captured[]): string {
  const lines = captured.flatMap(({ head }) => head.slice(1));
  const identities = [...new Set(lines.map(identityIn).filter(identity => identity !== null))].sort();
  const [, sentTarget] = (spelling.head[0] ?? '').split(' ');
  const targets = captured.map(({ head }) => (head[0] ?? '').split(' ')[1]);
  const whole = captured.every(({ head }) => head.length > 0);
  const arrived = new Set(lines.map(line => line.toLowerCase()));
  const sent = attackLines(spelling).filter(line => identityIn(line) !== user);
  const said = [
    identities.join(' + ') || 'nobody',
    ...(sent.some(line => arrived.has(line.toLowerCase())) ? ['lines as sent'] : []),
    ...(whole && targets.some(target => target !== sentTarget) ? ['another target'] : []),
    ...(captured.length > 1 ? [`${captured.length} requests`] : []),
    ...(captured.some(({ content }) => trailers.test(content)) ? ['trailers'] : []),
    ...(whole ? [] : ['half a request']),
  ];
  return said.join(', ');
}

/** Of a request: who arrived at the server behind, and whether what was sent did. */
export function requestObservation(spelling: RequestSpelling, answers: Came, captured: readonly Captured[]): string {
  if (captured.length > 0) return arrivals(spelling, captured);
  if (typeof answers === 'string') return answers;
  const [answer] = answers;
  return answer === undefined || answer.status === 0 ? 'closed without a word' : `refused ${answer.status}`;
}

/** Of an answer: whether the client saw it. */
export function answerObservation({ answer }: AnswerSpelling, answers: Came): string {
  if (typeof answers === 'string') return answers;
  const [first] = answers;
  if (first === undefined || first.status === 0) return 'closed without a word';
  if (typeof answer === 'string') return `status ${first.status}`;
  const seen = first.fields.map(([name, value]) => `${name}: ${value}`.toLowerCase());
  const lines = answer.filter(line => !/^content-type:/i.test(line));
  if (lines.every(line => seen.includes(line.toLowerCase()))) return 'seen by the client';
  const names = lines.map(line => parts(line)[0].toLowerCase());
  return first.fields.some(([name]) => names.includes(name.toLowerCase())) ? 'seen otherwise' : 'dropped';
}
