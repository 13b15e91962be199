/** The provider of mounts among the recipes, run as it stands, and asked by a gate as docs/mounts.md says. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Test, test } from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, type Lab, labConfig, makeLab, publicHost } from '../gates/lab.ts';

const recipe = fileURLToPath(new URL('../../deploy/recipes/mount-provider/provider.mjs', import.meta.url));
const page = readFileSync(new URL('../../docs/mounts.md', import.meta.url), 'utf8');

const mount = {
  HOST: 'files.example',
  USERNAME: 'ada',
  PATH: '/home/ada',
  MOUNTSSHPRIVATEKEY: 'the private key of ada',
};

async function startProvider(t: Test, lab: Lab): Promise<number> {
  const env = { ...process.env, TOKEN_FILE: join(lab.folder, 'token'), FOLDER: join(lab.folder, 'mounts'), PORT: '0' };
  const child = spawnOutsideTap(process.execPath, [recipe], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(async () => {
    child.kill();
    await once(child, 'exit');
  });
  if (child.stdout === null) throw new Error('the provider says nothing');
  const [line] = await once(createInterface(child.stdout), 'line');
  return Number(/^listening on (\d+)$/.exec(String(line))?.[1]);
}

/** A hub that notes which mounts it is told. */
async function startHubStandIn(t: Test, mounts: unknown[]): Promise<number> {
  const server = createServer((request, response) => {
    // The gate asks for the version by itself.
    if (request.url !== '/hub/api') mounts.push(request.headers['mount']);
    response.end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('the recipe serves mounts to the gate, and to nobody else', async t => {
  const lab = makeLab(t);
  const token = randomBytes(24).toString('base64url');
  for (const secret of [token, mount.MOUNTSSHPRIVATEKEY]) lab.secrets.add(secret);
  lab.write('token', `${token}\n`);
  mkdirSync(join(lab.folder, 'mounts'));
  lab.write('mounts/ada.json', mount);
  lab.write('mounts/ada.king.json', mount);
  lab.write('mounts/bob.json', 'no JSON');
  const port = await startProvider(t, lab);
  const mounts: unknown[] = [];
  const hub = {
    url: `http://127.0.0.1:${await startHubStandIn(t, mounts)}`,
    authenticator: 'jhubauthenticators.HeaderAuthenticator',
  };
  const from = { url: `http://127.0.0.1:${port}/{user}`, tokenFile: 'token', timeout: '5s' };
  const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig(hub, { inject: { mount: { from } } })));
  const ask = async (to: number, target: string, ...lines: readonly string[]): Promise<number | undefined> => {
    const head = [`GET ${target} HTTP/1.1`, `Host: ${publicHost}`, 'Connection: close', ...lines];
    const [answer] = await rawRequest({ port: to, bytes: `${head.join('\r\n')}\r\n\r\n` });
    return answer?.status;
  };
  const login = (user: string): Promise<number | undefined> =>
    ask(gate.port, '/hub/login', `${assertedUserHeader}: ${user}`);
  t.equal(await login('ada'), 200);
  t.strictSame(mounts, [JSON.stringify(mount)]);
  t.equal(await login('ada.king'), 200, 'a name with a dot');
  mounts.pop();
  t.equal(await login('nobody'), 403, 'without a mount nobody logs in');
  t.equal(await login('bob'), 503, 'nor with one that can not be read');
  t.equal(await ask(port, '/ada'), 401);
  t.equal(await ask(port, '/ada', 'Authorization: Bearer guess'), 401);
  t.equal(await ask(port, '/../token', `Authorization: Bearer ${token}`), 404);
  t.equal(mounts.length, 1);
  assertNothingLeaked(t, gate.output(), lab.secrets);
});

test('the config of the page holds', async t => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const rest = labConfig({ url: 'http://127.0.0.1:8000', authenticator: 'jhubauthenticators.HeaderAuthenticator' });
  const text = Object.entries(rest).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  const parsed = parseConfig(`${text.join('')}${yaml}`, '/etc/hubgate/proxy.yaml', {});
  t.match(parsed, {
    ok: true,
    config: {
      inject: { mount: { from: { url: 'https://mounts.example.org/{user}', timeoutMs: 2000, cacheForMs: 0 } } },
    },
  });
});
