/** The corpus: a folder for each target, a file for each input, byte for byte. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the seed corpus lies, and where findings go. */
const corpusFolder: string = join(import.meta.dirname, 'corpus');

/** One input of the corpus. */
export interface CorpusEntry {
  /** The file's name. */
  readonly name: string;
  /** latin1. */
  readonly input: string;
}

/** Every entry of a target, by name. */
export function readCorpus(target: string, folder: string = corpusFolder): CorpusEntry[] {
  const names = readdirSync(join(folder, target)).toSorted();
  return names.map(name => ({ name, input: readFileSync(join(folder, target, name), 'latin1') }));
}

/** Adds an input under a name that its bytes give; says where it lies. */
export function addToCorpus(target: string, kind: 'found' | 'reached', input: string, folder = corpusFolder): string {
  const bytes = Buffer.from(input, 'latin1');
  const name = `${kind}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`;
  const file = join(folder, target, name);
  mkdirSync(join(folder, target), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}
