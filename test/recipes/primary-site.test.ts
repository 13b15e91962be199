/** The primary site among the recipes, run as it stands, with the config that its README shows: who presses its button is a user of the hub. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { rawRequest } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { makeLab } from '../gates/lab.ts';
import { recipeFolder, startRecipeSite } from './recipe-site.ts';

const [, shown = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(join(recipeFolder, 'README.md'), 'utf8')) ?? [];

/** What the hub was told, by path. */
async function startHubStandIn(t: Test, users: (string | undefined)[]): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url === '/hub/login') users.push(request.headers['remote-user']?.toString());
    response.end('the hub');
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Puts what this machine has in the place of the examples; each of them must be there. */
function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [example, value]) => {
    if (!filled.includes(example)) throw new Error(`the page has no ${example}`);
    return filled.replaceAll(example, value);
  }, text);
}

const fieldOf = (answer: RawResponse | undefined, name: string): string | undefined =>
  answer?.fields.find(([each]) => each.toLowerCase() === name)?.[1];

test('the button of the primary site', async t => {
  const lab = makeLab(t);
  const users: (string | undefined)[] = [];
  const [sitePort, gatePort, hubPort] = [await reservePort(), await reservePort(), await startHubStandIn(t, users)];
  const key = randomBytes(32).toString('hex');
  lab.secrets.add(key);
  const keyFile = lab.write('hand-off-key', `${key}\n`);
  lab.write('session-key', randomBytes(32).toString('hex'));
  const site = `http://localhost:${sitePort}`;
  const config = filledIn(shown, {
    '127.0.0.1:8080': `127.0.0.1:${gatePort}`,
    'http://localhost:8080': `http://localhost:${gatePort}`,
    'http://localhost:8090': site,
    'http://127.0.0.1:8000': `http://127.0.0.1:${hubPort}`,
    '/tmp/hand-off-key': keyFile,
  });
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  await startRecipeSite(t, {
    PORT: String(sitePort),
    HUB: `http://localhost:${gatePort}`,
    ISSUER: site,
    KEY_FILE: keyFile,
  });

  const ask = async (port: number, lines: readonly string[], body = ''): Promise<RawResponse | undefined> => {
    const head = [...lines, `Host: localhost:${port}`, `Content-Length: ${body.length}`, 'Connection: close'];
    const [answer] = await rawRequest({ port, bytes: `${head.join('\r\n')}\r\n\r\n${body}` });
    return answer;
  };
  const press = async (user: string, origin: string): Promise<RawResponse | undefined> => {
    const page = String((await ask(sitePort, [`GET /?user=${user}&next=/hub/spawn HTTP/1.1`]))?.body);
    t.match(page, `action="http://localhost:${gatePort}/hubgate/session"`);
    const values = [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    lab.secrets.add(Object.fromEntries(values)['token']);
    const form = new URLSearchParams(values).toString();
    const type = 'Content-Type: application/x-www-form-urlencoded';
    return ask(gatePort, ['POST /hubgate/session HTTP/1.1', `Origin: ${origin}`, type, 'Accept: text/html'], form);
  };

  const answer = await press('alice', site);
  t.equal(answer?.status, 303, String(answer?.body));
  t.equal(fieldOf(answer, 'location'), '/hub/spawn');
  const cookie = fieldOf(answer, 'set-cookie')?.split(';', 1)[0] ?? '';
  lab.secrets.add(cookie.slice(cookie.indexOf('=') + 1));
  await ask(gatePort, ['GET /hub/login HTTP/1.1', `Cookie: ${cookie}`]);
  t.same(users, ['alice']);
  t.equal((await press('bob', 'http://localhost:1'))?.status, 403, 'no other site hands anybody over');
  t.match(
    String((await ask(sitePort, ['GET /?user=%22%3E%3Cscript%3E HTTP/1.1']))?.body),
    '&#34;&#62;&#60;script&#62;',
  );
  await gate.stop();
  assertNothingLeaked(t, gate.output(), lab.secrets);
});
