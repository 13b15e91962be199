/** The Python environments that tests use: made inside the checkout from pinned requirements, and kept while those stay the same. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkoutRoot } from './checkout.ts';

/** A virtual environment and the requirements file it is made from. */
export type PythonEnvironment = {
  /** Absolute path of the environment's folder. */
  readonly folder: string;
  /** Absolute path of its requirements file, exact pins only. */
  readonly requirements: string;
};

/** JupyterHub 6.1.1 with every authenticator that a preset is tested against, and a real single-user server. */
export const hubEnvironment: PythonEnvironment = environmentNamed('hub-6.1.1');

/** Validators that tests run as programs. */
export const toolsEnvironment: PythonEnvironment = environmentNamed('tools');

/** Envoy, for the yardstick alone. */
export const envoyEnvironment: PythonEnvironment = environmentNamed('envoy');

/** JupyterLab as a single-user server, for the recording of its traffic alone. */
export const labEnvironment: PythonEnvironment = environmentNamed('lab-4.6.6');

/** Makes the environment unless a finished one of the same requirements, interpreter and place is there. */
export function providePythonEnvironment(environment: PythonEnvironment): void {
  const stampFile = join(environment.folder, 'finished.sha256');
  const stamp = stampOf(environment);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;

  const shown = relative(checkoutRoot, environment.folder);
  const started = performance.now();
  process.stdout.write(`set-up: making ${shown} from ${relative(checkoutRoot, environment.requirements)}\n`);
  rmSync(environment.folder, { recursive: true, force: true });
  run('python3', ['-m', 'venv', environment.folder]);
  const python = join(environment.folder, 'bin', 'python');
  run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    '-r',
    environment.requirements,
  ]);
  run(python, ['-m', 'pip', 'check', '--quiet']);
  writeFileSync(stampFile, stamp);
  process.stdout.write(`set-up: ${shown} took ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

function environmentNamed(name: string): PythonEnvironment {
  return {
    folder: join(checkoutRoot, '.venv', name),
    requirements: join(import.meta.dirname, 'requirements', `${name}.txt`),
  };
}

/** Written last, so an interrupted build has none. An environment holds absolute paths: a moved checkout needs a new one. */
function stampOf({ folder, requirements }: PythonEnvironment): string {
  const interpreter = execFileSync('python3', ['-c', 'import sys; print(sys.version, sys.prefix)'], {
    encoding: 'utf8',
  });
  return createHash('sha256')
    .update([folder, interpreter, readFileSync(requirements, 'utf8')].join('\0'))
    .digest('hex');
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'inherit' });
}
