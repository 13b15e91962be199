/** Watches the config and every file it names, by looking at them; symbolic links that are swapped count as changed. */
import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Kubernetes swaps a link to a whole folder, which inotify on the file misses. What is revoked is to be out within a second. */
const lookEveryMs = 500;

/** A set of watched files. */
export interface FileWatch {
  /** To be told before a file is read: what changes from then on is a change, even if nobody watches the file yet. */
  willRead(file: string): void;
  /** Watches these files from now on, and no others. */
  watch(files: readonly string[]): void;
  close(): void;
}

/** Which bytes stand behind a name, as far as that shows without reading them; or why nothing does. */
type FileState = string;

const stateOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileState =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');

const faultOf = (error: unknown): FileState => (error instanceof Error && 'code' in error ? String(error.code) : '');

function stateNow(file: string): FileState {
  try {
    return stateOf(statSync(file, { bigint: true }));
  } catch (error) {
    return faultOf(error);
  }
}

/** Calls `onChange` when a watched file changed, appeared or went away. */
export function openFileWatch(onChange: () => void): FileWatch {
  const known = new Map<string, FileState>();
  let timer: NodeJS.Timeout | undefined;

  /** A file that was read again in the meantime has been seen newer than this look saw it. */
  const isChanged = async (file: string): Promise<boolean> => {
    const before = known.get(file);
    const now = await stat(file, { bigint: true }).then(stateOf, faultOf);
    if (now === before || known.get(file) !== before) return false;
    known.set(file, now);
    return true;
  };
  const look = async (): Promise<void> => {
    const changes = await Promise.all([...known.keys()].map(isChanged));
    if (changes.includes(true)) onChange();
    timer?.refresh();
  };
  return {
    willRead: file => void known.set(file, stateNow(file)),
    watch(files) {
      for (const file of known.keys()) if (!files.includes(file)) known.delete(file);
      for (const file of files) if (!known.has(file)) known.set(file, stateNow(file));
      timer ??= setTimeout(() => void look(), lookEveryMs).unref();
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
