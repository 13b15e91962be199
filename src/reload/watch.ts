/** Watches the config and every file it names, by looking at them; symbolic links that are swapped count as changed. */
import { type Stats, unwatchFile, watchFile } from 'node:fs';

/** Kubernetes swaps a link to a whole folder, which inotify on the file misses; a look a second costs nothing. */
const lookEveryMs = 1000;

/** A set of watched files. */
export interface FileWatch {
  /** Watches these files from now on, and no others. */
  watch(files: readonly string[]): void;
  close(): void;
}

function isSame(one: Stats, other: Stats): boolean {
  return (
    one.mtimeMs === other.mtimeMs && one.ino === other.ino && one.size === other.size && one.ctimeMs === other.ctimeMs
  );
}

/** Calls `onChange` when a watched file changes, appears or goes away. */
export function openFileWatch(onChange: () => void): FileWatch {
  let watched: ReadonlySet<string> = new Set();
  const listener = (now: Stats, before: Stats): void => {
    if (!isSame(now, before)) onChange();
  };
  const watchOnly = (files: readonly string[]): void => {
    const wanted = new Set(files);
    for (const file of watched) if (!wanted.has(file)) unwatchFile(file, listener);
    for (const file of wanted) {
      if (!watched.has(file)) watchFile(file, { interval: lookEveryMs, persistent: false }, listener);
    }
    watched = wanted;
  };
  return { watch: watchOnly, close: () => watchOnly([]) };
}
