/** The corpus: a folder for each target, a file for each input, byte for byte. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
export function readCorpus(target: string): CorpusEntry[] {
  const names = readdirSync(join(corpusFolder, target)).toSorted();
  return names.map(name => ({ name, input: readFileSync(join(corpusFolder, target, name), 'latin1') }));
}

function nameFor(kind: 'found' | 'reached', bytes: Buffer): string {
  return `${kind}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`;
}

function write(target: string, kind: 'found' | 'reached', input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const file = join(corpusFolder, target, nameFor(kind, bytes));
  writeFileSync(file, bytes);
  return file;
}

/** Adds an input that breaches a rule; says where it lies. */
export function addFinding(target: string, input: string): string {
  return write(target, 'found', input);
}

/** Makes the entries that are there for what they reach these; those with names of their own stay. */
export function replaceReached(target: string, inputs: readonly string[]): void {
  const before = readCorpus(target);
  for (const { name } of before.filter(({ name }) => name.startsWith('reached-'))) {
    rmSync(join(corpusFolder, target, name));
  }
  const named = new Set(before.filter(({ name }) => !name.startsWith('reached-')).map(({ input }) => input));
  for (const input of inputs) if (!named.has(input)) write(target, 'reached', input);
}
