/** Starts a real JupyterHub with its own proxy on free ports, and ends all of it again. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installedProgram } from '../../../scripts/checkout.ts';
import { killProcessesNaming, processesGone, sendSignal } from '../../../scripts/leftover-processes.ts';
import { type HubRelease, hubEnvironments, type PythonEnvironment } from '../../../scripts/python-environments.ts';
import { reservePort } from '../../../scripts/reserved-ports.ts';
import { spawnOutsideTap } from '../../clients/spawn-outside-tap.ts';

/** The folders under test/hub/fixtures, one authenticator each, and the release that its pins name. */
export const ownReleases = {
  mount: '0.9.6',
  'mount-modern-hub': '6.1.1',
  'mount-remote-user': '6.1.1',
  'mount-remote-user-local': '6.1.1',
  'remote-login-data': '0.9.6',
  'jhub-authenticators-data': '0.9.6',
  'remote-login-token': '0.9.6',
  'remote-login-dummy': '6.1.1',
  header: '6.1.1',
  'remote-user-authenticator': '6.1.1',
} as const satisfies Readonly<Record<string, HubRelease>>;

/** One of those folders. */
export type HubFixture = keyof typeof ownReleases;

/** These want jhub-remote-login 0.2.119, where 0.2.10 stands in the environment. */
const newerRemoteLogin: ReadonlySet<HubFixture> = new Set(['remote-login-token', 'remote-login-dummy']);

/** What may differ from the fixture as it stands. */
export type HubOptions = {
  /** Absent: the release that the fixture's pins name. */
  readonly release?: HubRelease;
  /** `echo` (the default) answers each request with what it received; `real` is jupyterhub-singleuser. */
  readonly singleuser?: 'echo' | 'real';
  /** Python that is run in place of the fixture's own configuration, after what all fixtures share. */
  readonly snippet?: string;
  /** The hub's base_url, with its slashes; absent: `/`. */
  readonly baseUrl?: string;
  /** Python that is run after the fixture's own configuration; `c` is at hand. */
  readonly extraConfig?: string;
};

/** A running hub. */
export type Hub = {
  /** Its public side, which is its proxy's: `http://127.0.0.1:…`, no trailing slash. */
  readonly url: string;
  /** The hub's own port, past its proxy, up to and with `hub/api`. */
  readonly apiUrl: string;
  /** Holds the database, the users' homes and `spawn-<user>.json`; gone after `stop`. */
  readonly dataFolder: string;
  /** All that the hub, its proxy and its servers wrote so far. */
  readonly log: () => string;
  /** Ends all of it and starts it anew on the same ports, with what is on disk: what it had in memory is gone. */
  readonly restart: () => Promise<void>;
  /** Ends the hub, its proxy and every server, and waits for that. */
  readonly stop: () => Promise<void>;
};

/** As much of tap's test as is needed here. */
type Teardown = { teardown(run: () => Promise<void>): unknown };

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const startPatienceMs = 60_000;
const stopPatienceMs = 15_000;
const shownLogTail = 4000;

/** Starts the hub and resolves when it answers through its proxy; the test's end stops it. */
export async function startHub(t: Teardown, fixture: HubFixture, options: HubOptions = {}): Promise<Hub> {
  const { folder } = environmentFor(fixture, options);
  if (!existsSync(join(folder, 'bin', 'python'))) {
    throw new Error(`${folder} is missing: run \`npm test\`, or \`node scripts/setup.ts\``);
  }
  const hub = await launch(fixture, options);
  const failure = await hub.ready();
  if (failure !== null) {
    const log = hub.log();
    await hub.stop();
    throw new Error(`hub ${fixture} ${failure}\n${log.slice(-shownLogTail)}`);
  }
  t.teardown(hub.stop);
  return hub;
}

type LaunchedHub = Hub & {
  /** `null` once it answers, or what went wrong. */
  readonly ready: () => Promise<string | null>;
};

function environmentFor(fixture: HubFixture, { release = ownReleases[fixture] }: HubOptions): PythonEnvironment {
  return hubEnvironments[release];
}

async function launch(fixture: HubFixture, options: HubOptions): Promise<LaunchedHub> {
  const environment = environmentFor(fixture, options);
  const publicPort = await reservePort();
  const hubPort = await reservePort();
  const proxyApiPort = await reservePort();
  const dataFolder = mkdtempSync(join(tmpdir(), 'hub-'));
  const logFile = join(dataFolder, 'hub.log');
  const start = (): ChildProcess => {
    const output = openSync(logFile, 'a');
    const started = spawnOutsideTap(
      join(environment.folder, 'bin', 'python'),
      ['-m', 'jupyterhub', '-f', configFile(fixture, { ...options, extraConfig: configOf(options) }, dataFolder)],
      {
        cwd: dataFolder,
        detached: true,
        stdio: ['ignore', output, output],
        env: {
          ...process.env,
          PATH: programPath(environment),
          ...pythonPath(fixture, environment),
          HUB_DATA: dataFolder,
          HUB_PORT: String(publicPort),
          HUB_INTERNAL_PORT: String(hubPort),
          CHP_API_PORT: String(proxyApiPort),
          HUB_SINGLEUSER: options.singleuser ?? 'echo',
        },
      },
    );
    closeSync(output);
    return started;
  };
  let hub = start();
  const endAtOnce = (): void => {
    killProcessesNaming(dataFolder);
  };
  process.once('exit', endAtOnce);

  const url = `http://127.0.0.1:${publicPort}`;
  const api = `${options.baseUrl ?? '/'}hub/api`;
  let lastLog = '';
  return {
    url,
    apiUrl: `http://127.0.0.1:${hubPort}${api}`,
    dataFolder,
    log: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : lastLog),
    ready: () => untilAnswering(hub, `${url}${api}`),
    restart: async () => {
      await endHub(hub, dataFolder);
      hub = start();
      const failure = await untilAnswering(hub, `${url}${api}`);
      if (failure !== null) throw new Error(`the hub ${failure}`);
    },
    stop: async () => {
      await endHub(hub, dataFolder);
      process.removeListener('exit', endAtOnce);
      if (existsSync(logFile)) lastLog = readFileSync(logFile, 'utf8');
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

/** The proxy is a Node program: it runs on the Node that runs the test. */
function programPath({ folder }: PythonEnvironment): string {
  return [
    join(folder, 'bin'),
    dirname(installedProgram('configurable-http-proxy')),
    dirname(process.execPath),
    process.env['PATH'] ?? '',
  ].join(':');
}

function pythonPath(fixture: HubFixture, { overlay }: PythonEnvironment): Readonly<Record<string, string>> {
  return overlay !== undefined && newerRemoteLogin.has(fixture) ? { PYTHONPATH: overlay.folder } : {};
}

function configOf({ baseUrl = '/', extraConfig = '' }: HubOptions): string {
  return baseUrl === '/' ? extraConfig : `c.JupyterHub.bind_url += ${JSON.stringify(baseUrl)}\n${extraConfig}`;
}

function configFile(fixture: HubFixture, { snippet, extraConfig = '' }: HubOptions, dataFolder: string): string {
  const own = join(fixtures, fixture, 'jupyterhub_config.py');
  if (extraConfig === '' && snippet === undefined) return own;
  const base = snippet === undefined ? own : join(fixtures, 'common.py');
  const extended = join(dataFolder, 'jupyterhub_config.py');
  const parts = [`load_subconfig(${JSON.stringify(base)})`, snippet ?? '', 'c = get_config()', extraConfig];
  writeFileSync(extended, `${parts.join('\n')}\n`);
  return extended;
}

async function untilAnswering(hub: ChildProcess, url: string): Promise<string | null> {
  const deadline = performance.now() + startPatienceMs;
  while (performance.now() < deadline) {
    if (hasEnded(hub)) return `ended with ${hub.signalCode ?? hub.exitCode} before it answered`;
    if (await answers(url)) return null;
    await delay(100);
  }
  return `did not answer within ${startPatienceMs} ms`;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000), headers: { connection: 'close' } });
    return response.ok && (await response.text()).includes('version');
  } catch {
    return false;
  }
}

/** SIGTERM lets the hub end its servers and proxy itself; whoever is still there after that is killed by pid. */
async function endHub(hub: ChildProcess, dataFolder: string): Promise<void> {
  if (hub.pid !== undefined && !hasEnded(hub)) {
    const ended = new Promise(resolve => hub.once('exit', resolve));
    sendSignal(hub.pid, 'SIGTERM');
    await Promise.race([ended, delay(stopPatienceMs, undefined, { ref: false })]);
    sendSignal(-hub.pid, 'SIGKILL');
  }
  killProcessesNaming(dataFolder);
  if (!(await processesGone(dataFolder, stopPatienceMs))) throw new Error(`processes of ${dataFolder} do not end`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
