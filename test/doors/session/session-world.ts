/** A whole gate with sessions, in front of a hub that keeps what comes, and a browser of one cookie jar. */
import { randomBytes } from 'node:crypto';
import { type Clock, machineClock } from '../../../src/clock.ts';
import { rawRequest } from '../../clients/raw-client.ts';
import type { RawResponse } from '../../clients/response-reader.ts';
import { type CapturingHub, openCapturingHub } from '../../contract/capturing-hub.ts';
import { type GateHere, startGateHere } from '../../gates/gate-here.ts';
import { jwtEntry, type Lab, labConfig, makeLab, type Teardown, type WrittenConfig } from '../../gates/lab.ts';

/** Where the primary site is. */
export const site = 'https://www.test';

/** As browsers see the gate. */
const publicUrl = 'https://hub.test';

const host = new URL(publicUrl).host;

/** An answer of the gate's. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The values of that field, by lower-case name. */
  values(name: string): string[];
  /** The reason of a refusal. */
  readonly reason: unknown;
}

function answerOf({ status, fields, body }: RawResponse): Answer {
  const text = body.toString();
  const values = (name: string): string[] =>
    fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
  const isProblem = values('content-type').includes('application/problem+json');
  return { status, body: text, values, reason: isProblem ? Reflect.get(JSON.parse(text), 'reason') : undefined };
}

/** What a client sends. */
export interface Sent {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly host?: string;
}

/** A gate that runs, and its hub. */
export interface SessionWorld {
  readonly lab: Lab;
  readonly hub: CapturingHub;
  readonly gate: GateHere;
  send(path: string, sent?: Sent): Promise<Answer>;
  /** Posts a form as a page of `origin` does; null: without Origin. */
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    more?: readonly string[],
    origin?: string | null,
  ): Promise<Answer>;
  /** The user that the hub is told about on a login with these field lines; undefined where it is told nothing. */
  hubSees(headers: readonly string[]): Promise<string | undefined>;
  /** Writes the config again with other values, and has the gate read it. */
  reload(more: WrittenConfig): Promise<void>;
}

/** Fields that a browser sends with a navigation. */
export const navigation: readonly string[] = ['Accept: text/html,*/*;q=0.8', 'Sec-Fetch-Mode: navigate'];

/** The cookies of an answer as a browser sends them back: `name=value`, without those that are expired. */
export function cookiesOf(answer: Answer): string[] {
  return answer
    .values('set-cookie')
    .filter(line => !line.includes('Max-Age=0'))
    .map(line => line.split(';', 1)[0] ?? '');
}

/** Starts all of it; `session` and `more` add to or replace keys of the config. */
export async function openSessionWorld(
  t: Teardown,
  session: WrittenConfig = {},
  more: WrittenConfig = {},
  clock: Clock = machineClock,
): Promise<SessionWorld> {
  const lab = makeLab(t);
  const hub = await openCapturingHub();
  t.teardown(() => hub.close());
  hub.answerWith('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok');
  lab.write('session-key', `${randomBytes(32).toString('hex')}\n`);
  const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
  const own = { keyFiles: ['session-key'], handoff: { origins: [site] }, loginUrl: `${site}/login?next={url}` };
  const config = (changed: WrittenConfig): WrittenConfig => {
    const base = labConfig(
      { url: `http://127.0.0.1:${hub.port}`, authenticator },
      { publicUrl, sso: [], jwt: [jwtEntry()] },
    );
    const { session: changedSession = {}, ...rest } = changed;
    return { ...base, session: { ...own, ...session, ...(changedSession as object) }, ...more, ...rest };
  };
  const gate = await startGateHere(t, lab.write('proxy.yaml', config({})), clock);
  const send: SessionWorld['send'] = async (path, { method = 'GET', headers = [], body, host: asked = host } = {}) => {
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    const head = [`${method} ${path} HTTP/1.1`, `Host: ${asked}`, ...headers, ...length].join('\r\n');
    const [answer] = await rawRequest({
      port: gate.port,
      bytes: `${head}\r\n\r\n${body ?? ''}`,
      head: method === 'HEAD',
    });
    if (answer === undefined) throw new Error('no answer');
    return answerOf(answer);
  };
  return {
    lab,
    hub,
    gate,
    send,
    post(path, fields, headers = navigation, origin = site) {
      const own = [
        'Content-Type: application/x-www-form-urlencoded',
        ...(origin === null ? [] : [`Origin: ${origin}`]),
      ];
      return send(path, {
        method: 'POST',
        headers: [...headers, ...own],
        body: new URLSearchParams(fields).toString(),
      });
    },
    async hubSees(headers) {
      hub.take();
      await send('/hub/login', { headers });
      const lines = hub.take().flatMap(({ head }) => head);
      return lines.find(line => line.startsWith('Remote-User: '))?.slice('Remote-User: '.length);
    },
    async reload(changed) {
      lab.write('proxy.yaml', config(changed));
      await gate.reload();
    },
  };
}

/** The session cookie of an answer alone, as a browser sends it back. */
export function sessionOf(answer: Answer): string {
  return cookiesOf(answer).find(cookie => /^__Host-hubgate-[0-9a-f]{8}=/.test(cookie)) ?? 'no session';
}
