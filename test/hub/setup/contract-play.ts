/**
 * Plays what test/hub/fixtures/contracts.json says of a hub: `[releases] METHOD target | Name: value # body => status location; check`.
 * `fresh` forgets all cookies, `keep` copies them and `kept` goes back to the copy. `<x*5000>` is that many x.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { HubRelease } from '../../../scripts/python-environments.ts';
import { CookieJar } from '../../clients/cookie-jar.ts';
import { fieldValues, rawRequest } from '../../clients/raw-client.ts';
import type { RawResponse } from '../../clients/response-reader.ts';
import { base32 } from './base32.ts';
import type { Hub } from './hub.ts';
import { authState, serviceToken } from './hub-users.ts';

/** One line of the contracts. */
export type Fact = {
  readonly request: string;
  readonly outcome: string;
  readonly play?: readonly string[];
  /** The test file that shows it, where it can not be played. */
  readonly shown_by?: string;
};

type Contracts = {
  readonly authenticators: Readonly<Record<string, { readonly facts: readonly Fact[] }>>;
  readonly hub_6_1_1: readonly Fact[];
};

/** What the packages were seen to do. */
export const contracts: Contracts = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'contracts.json'), 'utf8'),
) as Contracts;

/** Where a fact is played. */
export type Stage = {
  readonly hub: Hub;
  readonly release: HubRelease;
  /** A token of alice's at the hub, where facts speak of one. */
  readonly token?: string;
};

type Step = { readonly send: string; readonly status: number; readonly location?: string; readonly checks: string[] };

const mount = "{'HOST': 'h', 'USERNAME': 'u', 'PATH': 'p', 'MOUNTSSHPRIVATEKEY': 'k'}";

function written(text: string): string {
  return text.replace(/<(.)\*(\d+)>/g, (_, letter: string, times: string) => letter.repeat(Number(times)));
}

function filled(text: string, { token }: Stage, jar: CookieJar): string {
  const xsrf = jar.value('_xsrf', '/hub/') ?? '';
  return written(text)
    .replaceAll('<mount>', mount)
    .replaceAll('<xsrf>', `X-XSRFToken: ${xsrf}`)
    .replaceAll('<xsrf-value>', encodeURIComponent(xsrf))
    .replaceAll('<service>', serviceToken)
    .replaceAll('<token>', token ?? '');
}

function stepOf(line: string): Step {
  const at = line.lastIndexOf(' => ');
  const [outcome = '', ...checks] = line.slice(at + 4).split('; ');
  const [status = '', location] = outcome.split(' ');
  return {
    send: line.slice(0, at),
    status: Number(status),
    ...(location === undefined ? {} : { location: location === '""' ? '' : location }),
    checks,
  };
}

function bytesOf(send: string, jar: CookieJar, host: string): { bytes: string; method: string; target: string } {
  const [head = '', ...bodies] = send.split(' # ');
  const body = bodies.join(' # ');
  const [line = '', ...fields] = head.split(' | ');
  const [method = '', target = ''] = line.split(' ');
  const cookie = jar.header(target);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...fields,
    ...(cookie === '' ? [] : [`Cookie: ${cookie}`]),
    ...(method === 'POST' ? [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`] : []),
    'Connection: close',
  ];
  return { bytes: `${lines.join('\r\n')}\r\n\r\n${body}`, method, target };
}

async function sent(stage: Stage, jar: CookieJar, send: string): Promise<RawResponse> {
  const { host, port } = new URL(stage.hub.url);
  const { bytes, method, target } = bytesOf(filled(send, stage, jar), jar, host);
  const [answer] = await rawRequest({ port: Number(port), bytes, head: method === 'HEAD', deadlineMs: 60_000 });
  if (answer === undefined) throw new Error(`no answer to ${send}`);
  jar.store(fieldValues(answer, 'Set-Cookie'), target);
  return answer;
}

function cookieLines(answer: RawResponse, name: string): string[] {
  return fieldValues(answer, 'Set-Cookie').filter(line => line.startsWith(`${name}=`));
}

async function userOf(stage: Stage, jar: CookieJar): Promise<string> {
  const answer = await sent(stage, jar, 'GET /hub/home');
  if (answer.status !== 200) return `nobody (${answer.status})`;
  const self = await sent(stage, jar, 'GET /hub/api/user | <xsrf>');
  return self.status === 200 ? String((JSON.parse(self.body.toString()) as { name: unknown }).name) : homeOf(answer);
}

/** Hub 0.9.6 has no /hub/api/user for cookies; its page says who it is. */
function homeOf(page: RawResponse): string {
  return /user: "([^"]*)"/.exec(page.body.toString())?.[1] ?? 'nobody that the page names';
}

type Check = (
  t: Test,
  heard: { answer: RawResponse; stage: Stage; jar: CookieJar; rest: string; line: string },
) => unknown;

const checks: Readonly<Record<string, Check>> = {
  user: async (t, { stage, jar, rest, line }) => {
    const name = written(rest).replace(/^b32\((.*)\)$/s, (_, name: string) => base32(name));
    t.equal(await userOf(stage, jar), name, line.slice(0, 100));
  },
  sets: (t, { answer, rest, line }) => {
    const set = fieldValues(answer, 'Set-Cookie').map(
      each => `${each.split('=')[0]}@${/Path=([^;]*)/i.exec(each)?.[1]}`,
    );
    t.strictSame([...new Set(set)].sort(), rest.split(' ').sort(), line);
  },
  keeps: (t, { answer, rest, line }) => t.strictSame(cookieLines(answer, rest), [], line),
  secure: (t, { answer, rest, line }) => t.match(cookieLines(answer, rest).join(), /; Secure/i, line),
  plain: (t, { answer, rest, line }) => {
    t.match(cookieLines(answer, rest).join(), /Path/i, line);
    t.notMatch(cookieLines(answer, rest).join(), /; Secure/i, line);
  },
  logs: (t, { stage, rest, line }) => t.ok(stage.hub.log().includes(rest), line.slice(0, 100)),
  'keeps-state': async (t, { stage, rest, line }) =>
    t.strictSame(await authState(stage.hub, 'alice'), JSON.parse(rest) as unknown, line),
};

async function playLine(t: Test, stage: Stage, jar: CookieJar, line: string): Promise<void> {
  const { send, status, location, checks: wanted } = stepOf(line);
  const answer = await sent(stage, jar, send);
  const shown = JSON.stringify(line).slice(0, 160);
  t.equal(answer.status, status, shown);
  if (location !== undefined) t.equal(fieldValues(answer, 'Location')[0], location, shown);
  for (const each of wanted) {
    const [word = '', ...rest] = each.split(' ');
    const check = checks[word];
    if (check === undefined) throw new Error(`no check is called ${word}`);
    await check(t, { answer, stage, jar, rest: rest.join(' '), line: shown });
  }
}

/** Whether the fact has something to play on that release. */
export function linesFor({ play = [] }: Fact, release: HubRelease): string[] {
  return play.flatMap(line => {
    const [, releases, rest] = /^\[([\d. ]+)\] (.*)$/s.exec(line) ?? [];
    if (rest === undefined || releases === undefined) return [line];
    return releases.split(' ').includes(release) ? [rest] : [];
  });
}

/** Plays one fact from its first line to its last, as one browser. */
export async function playFact(t: Test, stage: Stage, fact: Fact): Promise<void> {
  let jar = new CookieJar();
  let kept = jar;
  for (const line of linesFor(fact, stage.release)) {
    if (line === 'fresh') jar = new CookieJar();
    else if (line === 'keep') kept = jar.copy();
    else if (line === 'kept') jar = kept;
    else await playLine(t, stage, jar, line);
  }
}
