/** `hubgate init`: what it prints for which command line; that hubs run it is shown in test/hub. */
import { test } from 'tap';
import type { PresetName } from '../../src/config/sections/hub.ts';
import { hubSides } from '../../src/hub/hub-sides.ts';
import { presets } from '../../src/hub/presets.ts';
import { labConfig, type WrittenConfig } from '../gates/lab.ts';
import { makeDesk } from './run-command.ts';

const config = (authenticator: string, more: WrittenConfig = {}): string =>
  JSON.stringify(labConfig({ url: 'http://127.0.0.1:1', internalUrl: 'http://127.0.0.1:2', authenticator }, more));

const mountPreset = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
const headerPreset = 'jhubauthenticators.HeaderAuthenticator';

test('every preset by its name', async t => {
  const desk = makeDesk(t);
  for (const [name, { requirement }] of Object.entries(hubSides)) {
    const { code, stdout, stderr } = await desk.run(['init', '--preset', name]);
    t.equal(code, 0, name);
    t.equal(stderr, '');
    t.ok(stdout.includes(`hub.authenticator: ${name}\n# pip install ${requirement};`), name);
    t.match(stdout, /\nc\.JupyterHub\.authenticator_class = ["A-Z]/, name);
    const isSet = (option: string): boolean => stdout.includes(`\nc.Authenticator.${option} = True\n`);
    const { userHeader, hubs } = { ...presets[name as PresetName], hubs: hubSides[name as keyof typeof hubSides].hubs };
    t.equal(isSet('auto_login'), userHeader !== null, `${name}: a form needs its page`);
    t.equal(isSet('allow_all'), hubs.includes('6.1.1'), `${name}: 0.9.6 has no such option`);
    t.equal(isSet('enable_auth_state'), /Data|@0\.2\.10|login.*Local|Header/.test(name), name);
    t.equal(stdout.includes('trusted_downstream_ips'), hubs.includes('6.1.1'), name);
    t.notMatch(stdout, /\n\nc\.Spawner/, 'a door that nobody named is a comment');
    t.ok(stdout.endsWith('\n') && !stdout.endsWith('\n\n'));
  }
});

test('releases and aliases', async t => {
  const desk = makeDesk(t);
  const said = async (preset: string): Promise<string> => (await desk.run(['init', '--preset', preset])).stdout;
  t.match(await said('jhub_remote_login.RemoteUserAuthenticator'), 'jhub-remote-login==0.2.119');
  t.match(await said('jhub_remote_login.RemoteUserAuthenticator@0.2.119'), 'jhub-remote-login==0.2.119');
  t.match(await said('jhub_remote_login.RemoteUserAuthenticator@0.2.10'), 'jhub-remote-login==0.2.10;');
  t.match(await said('jhubauthenticators.DataRemoteUserAuthenticator'), 'jhub-authenticators==0.1.1');
});

test('what the config says', async t => {
  const desk = makeDesk(t);
  desk.write(
    'whole.yaml',
    config(headerPreset, {
      listen: [{ address: '127.0.0.1:0' }, { address: '0.0.0.0:8082', for: 'servers' }],
      inject: {
        user: { header: 'X-Lab-"Name'.replace('"', '') },
        data: { State: { claim: 'state' } },
        mount: { headerFile: '/run/secrets/mount-name', from: { claim: 'mount' } },
      },
    }),
  );
  const { stdout, code } = await desk.run(['init', '--config', '@whole.yaml']);
  t.equal(code, 0);
  for (const line of [
    '    "auth": "X-Lab-Name",',
    '    "State": "State",',
    '    "mount": open("/run/secrets/mount-name").read().strip(),',
    '    "auth": Parser,',
    '    "State": Parser,',
    '    "mount": JSONParser,',
    'c.Spawner.hub_connect_url = "http://hubgate:8082"',
    'c.Authenticator.enable_auth_state = True',
  ]) {
    t.ok(stdout.split('\n').includes(line), line);
  }

  const tokenPreset = 'jhub_remote_login.RemoteUserAuthenticator';
  const minted = labConfig({ url: 'http://127.0.0.1:1', authenticator: tokenPreset, tokenFile: '/run/secrets/hub' });
  desk.write('minted.yaml', JSON.stringify(minted));
  const service = (await desk.run(['init', '--config', '@minted.yaml'])).stdout;
  t.match(service, '\nservice_token = open("/run/secrets/hub").read().strip()\n');
  t.match(service, '\nc.JupyterHub.services.append({"name": "hubgate", "api_token": service_token, "admin": True})\n');
  t.notMatch(service, 'load_roles', 'which its hub does not have');

  desk.write('plain.yaml', config(mountPreset, { inject: { user: { headerFile: '/run/secrets/user-name' } } }));
  const plain = (await desk.run(['init', '--preset', mountPreset, '--config', '@plain.yaml'])).stdout;
  t.match(plain, '\nc.RemoteUserAuthenticator.header_name = open("/run/secrets/user-name").read().strip()\n');
  t.match(plain, '\n# c.Spawner.hub_connect_url = "http://hubgate:8082"\n');
  t.notMatch(plain, 'enable_auth_state');
});

test('the service of the gate, with no more rights than it needs', async t => {
  const desk = makeDesk(t);
  const said = async (more: WrittenConfig): Promise<readonly string[]> => {
    const hub = { url: 'http://127.0.0.1:1', authenticator: headerPreset, tokenFile: '/run/secrets/hub' };
    desk.write('whole.yaml', JSON.stringify(labConfig(hub, more)));
    return (await desk.run(['init', '--config', '@whole.yaml'])).stdout.split('\n');
  };
  const plain = await said({ exchange: { admins: true } });
  t.ok(plain.includes('service_token = open("/run/secrets/hub").read().strip()'));
  t.ok(plain.includes('c.JupyterHub.services.append({"name": "hubgate", "api_token": service_token})'));
  const role = (scopes: string): string =>
    `c.JupyterHub.load_roles.append({"name": "hubgate", "services": ["hubgate"], "scopes": [${scopes}]})`;
  t.ok(plain.includes(role('"tokens", "read:users"')));
  const making = await said({ exchange: { createUsers: true } });
  t.ok(making.includes(role('"tokens", "read:users", "admin:users"')));
  desk.write('none.yaml', config(headerPreset));
  t.notMatch(
    (await desk.run(['init', '--config', '@none.yaml'])).stdout,
    /service|load_roles/,
    'none where none is used',
  );
});

test('where the hub is', async t => {
  const desk = makeDesk(t);
  const hub = { url: 'http://127.0.0.1:1', authenticator: headerPreset, baseUrl: '/jh/' };
  desk.write(
    'hosts.yaml',
    JSON.stringify(labConfig(hub, { publicUrl: 'https://hub.test:8443', userHosts: '*.hub.test:8443' })),
  );
  const lines = (await desk.run(['init', '--config', '@hosts.yaml'])).stdout.split('\n');
  t.ok(lines.includes('c.JupyterHub.subdomain_host = "https://hub.test:8443"'));
  t.ok(lines.includes('# hub.baseUrl: the address in c.JupyterHub.bind_url ends with /jh/'));
  desk.write('plain.yaml', config(headerPreset));
  t.notMatch((await desk.run(['init', '--config', '@plain.yaml'])).stdout, /subdomain_host|bind_url/);
});

test('what is wrong', async t => {
  const desk = makeDesk(t);
  desk.write('plain.yaml', config(mountPreset));
  desk.write('custom.yaml', config('custom', { inject: { user: { header: 'X-User' } } }));
  desk.write('broken.yaml', 'publicUrl: 1\n');
  desk.write(
    'renamed.yaml',
    config('jhub_remote_login.DataRemoteUserAuthenticator', { inject: { user: { header: 'X-User' } } }),
  );
  const cases: readonly (readonly [args: string[], code: number, said: RegExp])[] = [
    [
      ['--preset', 'jhubauthenticators.HeaderAuthentikator'],
      64,
      /did you mean jhubauthenticators.HeaderAuthenticator\?/,
    ],
    [['--preset', `${headerPreset}@9`], 64, /names an unknown release \(known: 0\.6\.1\)/],
    [
      ['--preset', 'jhub-remote-auth-mount'],
      64,
      /--preset: jhub-remote-auth-mount is a package \(it has jhub_remote_auth_mount\.RemoteUserAuthenticator, [^)]*\), expected one of /,
    ],
    [
      ['--preset', 'x'],
      64,
      /--preset: x is not known, expected one of jhub_remote_auth_mount.RemoteUserAuthenticator, /,
    ],
    [
      ['--preset', 'custom'],
      64,
      /custom has no side that is known: the hub's authenticator has to read what inject writes/,
    ],
    [['--config', '@custom.yaml'], 64, /custom has no side/],
    [[], 64, /expected --preset NAME, or --config FILE; names are jhub_remote_auth_mount\.RemoteUserAuthenticator, /],
    [['--preset'], 64, /Not enough arguments/],
    [['--preset', headerPreset, '--preset', headerPreset], 64, /more than once/],
    [
      ['--preset', headerPreset, '--config', '@plain.yaml'],
      64,
      /is not the config's hub\.authenticator, jhub_remote_auth_mount/,
    ],
    [['--config', '@broken.yaml'], 78, /broken\.yaml:1:12 publicUrl: /],
    [['--config', '@renamed.yaml'], 1, /inject\.user: this plugin reads Remote-User and no other name/],
  ];
  for (const [args, code, said] of cases) {
    const heard = await desk.run(['init', ...args]);
    t.equal(heard.code, code, args.join(' '));
    t.match(heard.stderr, said);
    t.equal(heard.stdout, '', 'nothing that a shell would append to a file');
  }
});
