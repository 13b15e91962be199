/** Pythons of several releases: what one of them reads, others might not. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** One Python, and how it is started. */
export interface Python {
  /** `3.11.7` */
  readonly version: string;
  /** Runs a program with that text on its standard input; throws with what it had to say when it fails. */
  run(program: string, input: string): string;
}

const maxBuffer = 64 * 1024 * 1024;

const commands = ['python3', ...Array.from({ length: 12 }, (_, at) => `python3.${at + 6}`)];

/** pyenv's commands run a version that is not chosen only where this names it. */
function chosen(): NodeJS.ProcessEnv {
  const listed = spawnSync('pyenv', ['versions', '--bare'], { encoding: 'utf8' });
  const versions = (listed.stdout ?? '').split('\n').filter(version => /^3\.\d+\.\d+$/.test(version));
  return versions.length === 0 ? process.env : { ...process.env, PYENV_VERSION: versions.join(':') };
}

/** Releases older and newer than what a machine usually has, in node_modules. */
const compiled: readonly Python[] = ['3.10', '3.14'].map(version => ({
  version: `${version} (WebAssembly)`,
  run(program, input) {
    const args = [join(import.meta.dirname, 'compiled-python.ts'), version];
    const given = { input: JSON.stringify({ program, input }), maxBuffer, encoding: 'utf8' } as const;
    const ran = spawnSync(process.execPath, args, given);
    if (ran.status !== 0 || ran.stderr !== '') throw new Error(`Python ${version}: ${ran.stderr}`);
    return ran.stdout;
  },
}));

/** Every Python 3 that this machine has, at least one, or an error; and an older and a newer one beside it. */
export function findPythons(): readonly Python[] {
  const env = chosen();
  const found = new Map<string, Python>();
  for (const command of commands) {
    const asked = spawnSync(command, ['-c', 'import platform; print(platform.python_version())'], {
      encoding: 'utf8',
      env,
    });
    const version = asked.status === 0 ? asked.stdout.trim() : '';
    if (version === '' || found.has(version)) continue;
    found.set(version, {
      version,
      run(program, input) {
        const ran = spawnSync(command, ['-c', program], { input, encoding: 'utf8', env, maxBuffer });
        if (ran.status !== 0 || ran.stderr !== '') throw new Error(`Python ${version}: ${ran.stderr}`);
        return ran.stdout;
      },
    });
  }
  if (found.size === 0) throw new Error('there is no python3');
  return [...found.values(), ...compiled];
}
