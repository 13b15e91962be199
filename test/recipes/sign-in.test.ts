/** The recipe for mod_auth_openidc, run: Chromium logs in at an identity provider, Apache asserts, the gate believes it, a real hub takes the user. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { apacheCommand, apacheSurroundings } from '../../bench/lab/apache-program.ts';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { runProgram } from '../clients/program.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { type Lab, makeLab } from '../gates/lab.ts';
import { startHub } from '../hub/setup/hub.ts';
import { openBrowsers, type Page } from '../lab-traffic/recorder/browser.ts';
import { startIdentityProvider } from './identity-provider.ts';
import { recipes } from './recipes.ts';

const secret = 'the secret of this sign-in proxy';
const client = { id: 'hub', secret: 'the secret of this OAuth client' };
const passphrase = 'what the session of Apache is sealed with';
const sessionKey = 'what the cookies of the hub are tagged with';

/** Runs the recipe's Apache until the test's end. */
async function startApache(t: Test, lab: Lab, port: number, recipe: string): Promise<void> {
  const surroundings = apacheSurroundings({
    folder: lab.folder,
    port,
    serverName: '127.0.0.1',
    threads: 16,
    modules: ['auth_openidc'],
    logLevel: 'warn',
  });
  const command = apacheCommand(lab.write('httpd.conf', `${surroundings}\n${recipe}`));
  await runProgram(t, command, { port, host: '127.0.0.1' }).catch(error => {
    const log = join(lab.folder, 'error.log');
    throw new Error(`${error}\n${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
  });
}

/** Puts what this machine has in the place of the recipe's examples; each of them must be there. */
function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [example, value]) => {
    if (!filled.includes(example)) throw new Error(`the recipe has no ${example}`);
    return filled.replaceAll(example, value);
  }, text);
}

/** Opens the hub, logs in at the identity provider and gives whom the hub's page names. */
async function logIn(page: Page, origin: string, user: string): Promise<string> {
  await page.goto(`${origin}/hub/home`);
  await page.fill('input[name=login]', user);
  await page.fill('input[name=password]', 'anything');
  await page.click('button[type=submit]');
  await page.click('button[type=submit]');
  await page.waitForURL(url => url.origin === origin && url.pathname === '/hub/home');
  return userOf(page);
}

function userOf(page: Page): Promise<string> {
  return page.evaluate('window.jhdata.user') as Promise<string>;
}

test('the recipe for mod_auth_openidc, from a browser to the hub', async t => {
  const recipe = recipes.find(({ name }) => name === 'mod_auth_openidc');
  if (recipe === undefined) throw new Error('there is no such recipe');
  const hub = await startHub(t, 'remote-user-authenticator');
  const lab = makeLab(t);
  for (const each of [secret, client.secret, passphrase, sessionKey]) lab.secrets.add(each);
  const port = await reservePort();
  const origin = `http://127.0.0.1:${port}`;
  const groups = { ada: ['lab', 'gpu'], bob: ['lab'], mallory: ['others'] };
  const issuer = await startIdentityProvider(t, { ...client, redirectUri: `${origin}/oidc-callback` }, groups);
  const gateText = filledIn(recipe.gate, {
    'https://hub.example.org': origin,
    '0.0.0.0:8080': '127.0.0.1:0',
    'http://127.0.0.1:8000': hub.url,
    '10.42.0.7/32': '127.0.0.1/32',
    '/run/secrets/sso': lab.write('sso', `${secret}\n`),
    '/run/secrets/session-key': lab.write('session-key', `${sessionKey}\n`),
  });
  const gate = await startGateHere(
    t,
    lab.write('proxy.yaml', `${gateText}user: { allow: { users: [], groups: [lab] } }\n`),
  );
  lab.write(
    'gate-secret.conf',
    `Define GATE_SECRET "${secret}"\nDefine OIDC_CLIENT_SECRET "${client.secret}"\nDefine OIDC_PASSPHRASE "${passphrase}"\n`,
  );
  await startApache(
    t,
    lab,
    port,
    filledIn(recipe.proxy, {
      '/etc/apache2/gate-secret.conf': join(lab.folder, 'gate-secret.conf'),
      'https://sso.example.org': issuer,
      'https://hub.example.org': origin,
      'http://10.42.0.8:8080': `http://127.0.0.1:${gate.port}`,
    }),
  );
  const browsers = await openBrowsers();
  t.teardown(() => browsers.close());

  await t.test('who logs in there is that user here', async t => {
    const page = await browsers.openPage();
    t.equal(await logIn(page, origin, 'ada'), 'ada');
    await page.goto(`${origin}/hub/token`);
    t.equal(await userOf(page), 'ada', 'and stays it');
    t.match(gate.output(), /"prover":"mod_auth_openidc"/);
  });

  await t.test('what the browser itself says of the user changes nothing', async t => {
    const forged = ['X-Oidc-User', 'x_oidc_user', 'Remote-User', 'REMOTE_USER', 'X-Oidc-Groups', 'OIDC_CLAIM_sub'];
    const page = await browsers.openPage(Object.fromEntries(forged.map(name => [name, 'root'])));
    t.equal(await logIn(page, origin, 'ada'), 'ada');
    const secretly = await browsers.openPage({ 'X-Gate-Secret': 'no secret at all', X_Gate_Secret: secret });
    t.equal(await logIn(secretly, origin, 'ada'), 'ada');
  });

  await t.test('another user in another browser is another user', async t => {
    const page = await browsers.openPage();
    t.equal(await logIn(page, origin, 'bob'), 'bob');
  });

  await t.test('groups that the proxy asserts decide', async t => {
    const page = await browsers.openPage({ 'X-Oidc-Groups': 'lab' });
    await page.goto(`${origin}/hub/home`);
    await page.fill('input[name=login]', 'mallory');
    await page.fill('input[name=password]', 'anything');
    await page.click('button[type=submit]');
    await page.click('button[type=submit]');
    await page.waitForURL(`${origin}/hub/home`);
    t.match(await page.content(), /not-allowed/);
  });

  await t.test('past the proxy nobody asserts anybody', async t => {
    const ask = async (...lines: string[]): Promise<string> => {
      const head = ['GET /hub/login HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Connection: close', ...lines];
      const [answer] = await rawRequest({ port: gate.port, bytes: `${head.join('\r\n')}\r\n\r\n` });
      return `${answer?.status} ${answer?.body}`;
    };
    t.match(await ask('X-Oidc-User: root'), /^403 .*assertion-unproved/s);
    t.match(await ask('X-Oidc-User: root', 'X-Gate-Secret: a guess of somebody'), /^403 .*assertion-unproved/s);
    t.match(await ask('OIDC_CLAIM_sub: root', 'Remote-User: root'), /^401 .*credential-missing/s);
  });

  t.notMatch(hub.log(), /root/, 'and the hub has heard of nobody else');
});
