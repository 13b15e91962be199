/** Runs one command of the gate in the test's own process, with a folder of files that it may name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { ProcessIo } from '../../src/cli/process-io.ts';
import { main } from '../../src/main.ts';
import type { Teardown } from '../gates/lab.ts';

/** What a command said; the folder's path is left out. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder, and commands that are run as if they stood in it. */
export interface Desk {
  readonly folder: string;
  /** Writes a file and gives its path. */
  write(name: string, content: string | Uint8Array): string;
  /** `@name` in an argument stands for a file of the folder. */
  run(args: readonly string[], stdin?: string | Uint8Array): Promise<Said>;
}

/** What a command says that knows of files in the folder; it has no environment but what is given. */
export async function hear(
  folder: string,
  command: (io: ProcessIo) => Promise<number>,
  given: Partial<Pick<ProcessIo, 'env' | 'stdin'>> = {},
): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[name] += chunk.toString().replaceAll(`${folder}/`, '');
        done();
      },
    });
  const nothing = (): void => undefined;
  const streams = { stdout: into('stdout'), stderr: into('stderr') };
  const code = await command({ env: {}, ...streams, pid: 0, kill: nothing, on: nothing, off: nothing, ...given });
  return { code, ...said };
}

/** A fresh folder; the test's end removes it. */
export function makeDesk(t: Teardown): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'hubgate-desk-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    write(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    run(args, stdin = '') {
      const inFolder = args.map(arg => arg.replace(/^@/, `${folder}/`));
      return hear(folder, io => main(inFolder, io), { stdin: Readable.from([Buffer.from(stdin)]) });
    },
  };
}
