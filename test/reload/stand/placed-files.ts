/** Files of a running gate that change in each of the ways in which operators and their tools change them. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Teardown } from '../../gates/lab.ts';

/** How files come to have other content. */
export type Way = 'written in place' | 'renamed over' | "Kubernetes' symlink swap";

/** All ways. */
export const ways: readonly Way[] = ['written in place', 'renamed over', "Kubernetes' symlink swap"];

/** Contents by name. */
export type Contents = Readonly<Record<string, string | Buffer>>;

/** A folder whose files change in one way. */
export type PlacedFiles = {
  readonly folder: string;
  /** Adds files, or replaces them. */
  readonly place: (contents: Contents) => void;
};

function writeAll(folder: string, contents: Contents): void {
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
}

function renameOver(folder: string, contents: Contents): void {
  for (const [name, content] of Object.entries(contents)) {
    writeFileSync(join(folder, `${name}.new`), content);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
}

/**
 * As the kubelet's atomic writer does it (pkg/volume/util/atomic_writer.go): all files in a new folder, `..data` swapped to
 * it by a rename, the folder before removed. The names that are read are links through `..data`.
 */
function symlinkSwaps(folder: string): PlacedFiles['place'] {
  const all = new Map<string, string | Buffer>();
  let turn = 0;
  let before: string | null = null;
  return contents => {
    turn += 1;
    const fresh = Object.keys(contents).filter(name => !all.has(name));
    for (const [name, content] of Object.entries(contents)) all.set(name, content);
    const now = `..2026_01_01_00_00_00.${turn}`;
    mkdirSync(join(folder, now));
    writeAll(join(folder, now), Object.fromEntries(all));
    symlinkSync(now, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    for (const name of fresh) symlinkSync(join('..data', name), join(folder, name));
    if (before !== null) rmSync(join(folder, before), { recursive: true });
    before = now;
  };
}

/** An empty folder; the test's end removes it. */
export function openPlacedFiles(t: Teardown, way: Way): PlacedFiles {
  const folder = mkdtempSync(join(tmpdir(), 'placed-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  if (way === "Kubernetes' symlink swap") return { folder, place: symlinkSwaps(folder) };
  const write = way === 'written in place' ? writeAll : renameOver;
  return { folder, place: contents => write(folder, contents) };
}
