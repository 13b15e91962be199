/** The image: built from nothing without an engine, and run as its own user with all that it says about itself. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { z } from 'zod';
import { checkoutVersion } from '../../scripts/bundle.ts';
import { checkoutRoot } from '../../scripts/checkout.ts';
import { layOutImage } from '../../scripts/image-root.ts';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';
import { type Ending, runProgram, tryProgram } from './run-program.ts';
import { sampleConfig } from './sample-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'image-'));
const store = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
const buildah = (...args: string[]): string => runProgram('buildah', [...store, ...args]).stdout.trim();
t.teardown(() => {
  tryProgram('buildah', [...store, 'rm', '--all']);
  rmSync(folder, { recursive: true, force: true });
});

const image = 'localhost/hubgate:test';
const dockerfile = join(checkoutRoot, 'deploy', 'Dockerfile');
const context = join(folder, 'context');
await layOutImage(context);
buildah(
  ...['bud', '--isolation', 'chroot', '--format', 'docker', '--quiet'],
  ...['--build-arg', `VERSION=${checkoutVersion()}`, '-t', image, '-f', dockerfile, context],
);
const container = buildah('from', '--pull-never', image);

const { config: says } = z
  .object({
    config: z.object({
      User: z.string(),
      Entrypoint: z.array(z.string()),
      Cmd: z.array(z.string()),
      StopSignal: z.string(),
      Labels: z.record(z.string(), z.string()),
      Healthcheck: z.object({ Test: z.array(z.string()) }),
    }),
  })
  .parse(JSON.parse(buildah('inspect', '--type', 'image', '--format', '{{.Config}}', image)));

const inImage = (command: readonly string[]): string[] => [
  ...[...store, 'run', '--isolation', 'chroot', '--user', says.User, container, '--'],
  ...command,
];
const hubgate = (...args: string[]): Ending => tryProgram('buildah', inImage([...says.Entrypoint, ...args]));
const node = (script: string): string =>
  runProgram('buildah', inImage([says.Entrypoint[0] ?? '', '-e', script])).stdout;

function putConfig(text: string): void {
  const file = join(folder, 'proxy.yaml');
  writeFileSync(file, text, { mode: 0o644 });
  buildah('copy', container, file, '/etc/hubgate/proxy.yaml');
}

const configWith = (healthPort: number): string =>
  sampleConfig({ healthPort, keys: 'secretFile: /etc/hubgate/secret', algorithms: 'HS256' });

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, answer => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

t.test('the image says who it is and how it is stopped', async t => {
  t.strictSame(
    [says.User, says.StopSignal, says.Labels['org.opencontainers.image.version']],
    ['65532:65532', 'SIGTERM', checkoutVersion()],
  );
});

t.test('it runs as its user, which it knows by name, and may write nowhere in its own files', async t => {
  t.strictSame(JSON.parse(node('const u = os.userInfo(); console.log(JSON.stringify([u.uid, u.gid, u.username]))')), [
    65532,
    65532,
    'hubgate',
  ]);
  const writable = `for (const d of ['/', '/etc/hubgate', '/opt/hubgate', '/usr/local/bin'])
    try { fs.accessSync(d, fs.constants.W_OK); console.log(d) } catch {}`;
  t.equal(node(writable), '');
});

t.test('it holds no shell and no package manager', async t => {
  const programs = node("console.log(['/bin', '/sbin', '/usr/bin', '/usr/sbin'].filter(d => fs.existsSync(d)).join())");
  t.equal(programs.trim(), '');
  t.equal(node("console.log(fs.readdirSync('/usr/local/bin').join())").trim(), 'node');
});

t.test("certificates of the image count beside Node's own", async t => {
  const kinds = "['system', 'bundled'].map(kind => tls.getCACertificates(kind).length > 0)";
  const inForce = "tls.getCACertificates('default').length > tls.getCACertificates('bundled').length";
  t.strictSame(JSON.parse(node(`console.log(JSON.stringify([...${kinds}, ${inForce}]))`)), [true, true, true]);
});

t.test('names are looked up', async t => {
  t.match(
    node("dns.lookup('localhost', (fault, address) => console.log(fault ?? address))").trim(),
    /^(127\.0\.0\.1|::1)$/,
  );
});

t.test('the licences of all that is inside are inside', async t => {
  // Looked at inside: the chroot's runner may lose the end of a long output.
  const absent = node(`const text = fs.readFileSync('/usr/share/doc/hubgate/THIRD-PARTY-LICENSES', 'utf8');
    const named = name => new RegExp('==== ' + name + '.* ====\\n\\n.*\\\\S').test(text);
    console.log(JSON.stringify(['node', 'undici', 'jose', 'ws', 'zod'].filter(name => !named(name))))`);
  t.strictSame(JSON.parse(absent), []);
});

t.test('--version', async t => {
  t.match(hubgate('--version'), { status: 0, stdout: `${checkoutVersion()}\n` });
});

t.test('check reads the config where the image looks for it', async t => {
  putConfig(configWith(0));
  t.match(hubgate('check', ...says.Cmd), { stderr: /proxy\.yaml:\d+:\d+ jwt\[0\]\.keys\.secretFile/ });
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'x'.repeat(64), { mode: 0o644 });
  buildah('copy', container, secret, '/etc/hubgate/secret');
  t.match(hubgate('check', ...says.Cmd), { stdout: /fine/, stderr: '' });
});

t.test('the gate starts, is healthy by its own health check, and drains on its stop signal', async t => {
  const port = await reservePort();
  putConfig(configWith(port));
  const { Test: healthCheck } = says.Healthcheck;
  const health = () => tryProgram('buildah', inImage(healthCheck.slice(1)));
  t.equal(healthCheck[0], 'CMD');
  t.match(health().stdout, /does not answer/, 'unhealthy before it runs');

  const run = spawnOutsideTap('buildah', inImage([...says.Entrypoint, ...says.Cmd]), { stdio: ['ignore', 'pipe', 2] });
  t.teardown(() => run.kill('SIGKILL'));
  const ended = new Promise(resolve => run.on('close', resolve));
  const lines: string[] = [];
  if (run.stdout === null || run.pid === undefined) throw new Error('buildah did not start');
  for await (const line of createInterface(run.stdout)) {
    lines.push(line);
    if (line.includes('"for":"browsers"') && line.includes('"listening"')) break;
  }
  t.equal(await statusOf(`http://127.0.0.1:${port}/healthz`), 200);
  t.match(health(), { status: 0, stdout: 'ok\n' });

  process.kill(innermost(run.pid), says.StopSignal);
  t.equal(await ended, 0, 'it ended by itself');
});

/** The process that buildah runs in the end, by others in between; each thread has children of its own. */
function innermost(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap(
    thread => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').match(/\d+/g) ?? [],
  );
  const [child] = children;
  return child === undefined ? pid : innermost(Number(child));
}
