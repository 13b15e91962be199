/** File → config, or everything that is wrong with it at once. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from './config.ts';
import { type ConfigDocument, readDocument } from './document.ts';
import type { Environment } from './environment.ts';
import { resolveFiles } from './files.ts';
import { type Finding, formatPath, type Path, type Problem, sortProblems } from './problems.ts';
import { readConfig, takenOut } from './read-config.ts';
import type { ReadableConfig } from './readable.ts';
import { readRegularFile } from './regular-file.ts';
import { RULES } from './rules/all.ts';
import { warningsOf } from './rules/warnings.ts';

/** A config that holds, or all problems in the order of the file. */
export type LoadResult = LoadedConfig | RefusedConfig;

/** Puts what is found later, when the config is compiled, at the place of its key: `['jwt', 0, 'keys', 'jwksFile']`. */
export type ProblemAt = (path: Path, message: string) => Problem;

/** Where something is written: `proxy.yaml:12:5`; null where nothing is, so that a default holds. */
export type WhereIs = (path: Path) => string | null;

/** A config with problems, and what holds of it, so that more can be found in one go. */
export interface RefusedConfig {
  readonly ok: false;
  readonly problems: readonly Problem[];
  /** Files stand as they are written. */
  readonly readable: ReadableConfig;
  /** The whole, where no key is bad by itself and only rules across keys are broken. */
  readonly whole: Config | null;
  readonly problemAt: ProblemAt;
}

/** A config that holds. */
export interface LoadedConfig {
  readonly ok: true;
  readonly config: Config;
  /** SHA-256 of the text in hex: equal files are equal policies on every replica. */
  readonly digest: string;
  /** What is allowed but seldom meant, in the order of the file. */
  readonly warnings: readonly Problem[];
  readonly problemAt: ProblemAt;
  readonly whereIs: WhereIs;
}

/** Gives a file's bytes as text, or throws. */
export type ReadFile = (path: string) => string;

const utf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

const mostConfigBytes = 16 * 1024 * 1024;
const chunkBytes = 64 * 1024;

const tooLarge = (): Error => Object.assign(new RangeError('too large'), { code: 'ERR_FS_FILE_TOO_LARGE' });

/** Pipes and devices tell no size. */
function readOpened(descriptor: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let bytes = 0; bytes <= mostConfigBytes; ) {
    const chunk = new Uint8Array(chunkBytes);
    const read = readSync(descriptor, chunk);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    bytes += read;
  }
  throw tooLarge();
}

const readUtf8: ReadFile = path => {
  const descriptor = openSync(path, 'r');
  try {
    return utf8(readOpened(descriptor));
  } finally {
    closeSync(descriptor);
  }
};

const ROOT_EXPECTED = 'expected a map with publicUrl, listen, hub, trust and one of jwt, sso or introspection';

/** A rule says nothing new about a key that is bad already, or about what stands inside of it. */
function ruleFindings(config: ReadableConfig, found: readonly Finding[]): Finding[] {
  const bad = found.map(({ path }) => takenOut(path));
  const isKnown = ({ path }: Finding): boolean =>
    bad.some(known => known.length <= path.length && known.every((part, index) => part === path[index]));
  return RULES.flatMap(rule => rule(config)).filter(finding => !isKnown(finding));
}

function isRoot(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rootFault(value: unknown): string {
  return value === null ? `is empty, ${ROOT_EXPECTED}` : `is no map, ${ROOT_EXPECTED}`;
}

/** What a message quotes may be a secret of the environment, which may hold quotes itself: from the first one to the last. */
function withoutQuotes(message: string): string {
  return message.replace(/".*"/s, '"…"');
}

function problemsOfText(file: string, document: ConfigDocument): Problem[] {
  return document.faults.map(({ place, message }) => ({ file, ...place, path: '', message }));
}

/** Parses the text of a config; `fileName` is what problems name, and where relative files start. */
export function parseConfig(text: string, fileName: string, env: Environment): LoadResult {
  const document = readDocument(text, env);
  const problemAt = (finding: Finding): Problem => ({
    file: fileName,
    ...document.place(finding),
    path: formatPath(finding.path),
    message: document.isFromEnvironment(finding) ? withoutQuotes(finding.message) : finding.message,
  });
  const faults = problemsOfText(fileName, document);
  const { value } = document;
  if (value === undefined) return refused(sortProblems(faults));
  if (!isRoot(value)) return refused([problemAt({ path: [], message: rootFault(value) })]);
  const { readable, whole, findings } = readConfig(value, document.findings);
  const all = [...findings, ...ruleFindings(readable, findings)];
  const problems = sortProblems([...faults, ...all.map(problemAt)]);
  const later: ProblemAt = (path, message) => problemAt({ path, message });
  if (problems.length > 0 || whole === null) return { ok: false, problems, readable, whole, problemAt: later };
  const warnings = sortProblems(warningsOf(whole).map(problemAt));
  const config = resolveFiles(whole, dirname(resolve(fileName)));
  const digest = createHash('sha256').update(text).digest('hex');
  const whereIs: WhereIs = path => {
    const { line, column } = document.place({ path, message: '' });
    return document.holds(path) ? `${fileName}:${line}:${column}` : null;
  };
  return { ok: true, config, digest, warnings, problemAt: later, whereIs };
}

/** Nothing could be read. */
function refused(problems: readonly Problem[]): RefusedConfig {
  const file = problems[0]?.file ?? '';
  const problemAt: ProblemAt = (path, message) => ({ file, line: 1, column: 1, path: formatPath(path), message });
  return { ok: false, problems, readable: {}, whole: null, problemAt };
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is no UTF-8 text' : `can not be read (${code})`;
}

function unreadable(file: string, why: string): Problem {
  return { file, line: 1, column: 1, path: '', message: `${why}, expected a config file` };
}

/** The text of a config file, or why there is none. */
export function readConfigText(path: string, readFile: ReadFile = readUtf8): { readonly text: string } | Problem {
  try {
    return { text: readFile(path) };
  } catch (error) {
    return unreadable(path, whyUnreadable(error));
  }
}

/** Reads and parses a config file; a file that can not be read is a problem like any other. */
export function loadConfig(path: string, env: Environment, readFile: ReadFile = readUtf8): LoadResult {
  const read = readConfigText(path, readFile);
  return 'text' in read ? parseConfig(read.text, path, env) : refused([read]);
}

/** The same for a gate that runs: it waits for nobody who would write to a pipe, so the file must be a regular one. */
export async function loadConfigAgain(path: string, env: Environment): Promise<LoadResult> {
  const read = await readRegularFile(path, mostConfigBytes);
  return 'fault' in read ? refused([unreadable(path, read.fault)]) : loadConfig(path, env, () => utf8(read));
}
