/** The Python environments that tests use: made inside the checkout from pinned requirements, and kept while those stay the same. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkoutRoot } from './checkout.ts';

/** Packages of a requirements file in a folder of their own; on PYTHONPATH they stand before the environment's. */
type Overlay = {
  /** Absolute path, inside the environment's folder. */
  readonly folder: string;
  /** Absolute path of its requirements file; dependencies are the environment's. */
  readonly requirements: string;
};

/** A virtual environment and the requirements file it is made from. */
export type PythonEnvironment = {
  /** Absolute path of the environment's folder. */
  readonly folder: string;
  /** Absolute path of its requirements file, exact pins only. */
  readonly requirements: string;
  /** Absent: none. */
  readonly overlay?: Overlay;
};

/** The releases of JupyterHub that presets are tested on. */
export type HubRelease = '0.9.6' | '4.1.6' | '5.5.4' | '6.1.1';

/** JupyterHub 6.1.1 with every authenticator that a preset is tested against, and real single-user servers with JupyterLab. */
export const hubEnvironment: PythonEnvironment = environmentNamed('hub-6.1.1');

/** Every release with the authenticators that presets claim on it. */
export const hubEnvironments: Readonly<Record<HubRelease, PythonEnvironment>> = {
  '0.9.6': withOverlay(environmentNamed('hub-0.9.6'), 'jhub-remote-login-0.2.119'),
  '4.1.6': environmentNamed('hub-4.1.6'),
  '5.5.4': environmentNamed('hub-5.5.4'),
  '6.1.1': hubEnvironment,
};

/** Validators that tests run as programs. */
export const toolsEnvironment: PythonEnvironment = environmentNamed('tools');

/** Envoy, for the yardstick alone. */
export const envoyEnvironment: PythonEnvironment = environmentNamed('envoy');

/** Makes the environment unless a finished one of the same requirements, interpreter and place is there. */
export async function providePythonEnvironment(environment: PythonEnvironment): Promise<void> {
  const stampFile = join(environment.folder, 'finished.sha256');
  const stamp = stampOf(environment);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;

  const shown = relative(checkoutRoot, environment.folder);
  const started = performance.now();
  process.stdout.write(`set-up: making ${shown} from ${relative(checkoutRoot, environment.requirements)}\n`);
  rmSync(environment.folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', environment.folder]);
  const python = join(environment.folder, 'bin', 'python');
  await run(python, [...pipInstall, '-r', environment.requirements]);
  await run(python, ['-m', 'pip', 'check', '--quiet']);
  const { overlay } = environment;
  if (overlay !== undefined)
    await run(python, [...pipInstall, '--no-deps', '--target', overlay.folder, '-r', overlay.requirements]);
  writeFileSync(stampFile, stamp);
  process.stdout.write(`set-up: ${shown} took ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

const pipInstall = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];

function requirementsNamed(name: string): string {
  return join(import.meta.dirname, 'requirements', `${name}.txt`);
}

function environmentNamed(name: string): PythonEnvironment {
  return { folder: join(checkoutRoot, '.venv', name), requirements: requirementsNamed(name) };
}

function withOverlay(environment: PythonEnvironment, name: string): PythonEnvironment {
  const overlay = { folder: join(environment.folder, name), requirements: requirementsNamed(name) };
  return { ...environment, overlay };
}

/** Written last, so an interrupted build has none. An environment holds absolute paths: a moved checkout needs a new one. */
function stampOf({ folder, requirements, overlay }: PythonEnvironment): string {
  const interpreter = execFileSync('python3', ['-c', 'import sys; print(sys.version, sys.prefix)'], {
    encoding: 'utf8',
  });
  const over = overlay === undefined ? [] : [readFileSync(overlay.requirements, 'utf8')];
  return createHash('sha256')
    .update([folder, interpreter, readFileSync(requirements, 'utf8'), ...over].join('\0'))
    .digest('hex');
}

/** Rejects when the program does not end with 0. */
async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: 'inherit' });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}`);
}
