/** File → config, or everything that is wrong with it at once. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from './config.ts';
import { type ConfigDocument, readDocument } from './document.ts';
import type { Environment } from './environment.ts';
import { resolveFiles } from './files.ts';
import { type Finding, formatPath, type Path, type Problem, sortProblems } from './problems.ts';
import { readConfig } from './read-config.ts';
import { RULES } from './rules/all.ts';
import { warningsOf } from './rules/warnings.ts';

/** A config that holds, or all problems in the order of the file. */
export type LoadResult = LoadedConfig | { readonly ok: false; readonly problems: readonly Problem[] };

/** A config that holds. */
export interface LoadedConfig {
  readonly ok: true;
  readonly config: Config;
  /** Absolute paths of every file that the config reads, without the config itself. */
  readonly files: readonly string[];
  /** What is allowed but seldom meant, in the order of the file. */
  readonly warnings: readonly Problem[];
  /** A problem that is found later, when the config is compiled, at the place of its key: `['jwt', 0, 'keys', 'jwksFile']`. */
  problemAt(path: Path, message: string): Problem;
}

/** Gives a file's bytes as text, or throws. */
export type ReadFile = (path: string) => string;

const readUtf8: ReadFile = path => new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));

const ROOT_EXPECTED = 'expected a map with publicUrl, listen, hub, trust and one of jwt or sso';

/** A rule says nothing new about a key that is bad already, or about what stands around it. */
function ruleFindings(config: Partial<Config>, found: readonly Finding[]): Finding[] {
  const known = new Set(found.map(({ path }) => formatPath(path)));
  return RULES.flatMap(rule => rule(config)).filter(({ path }) => !known.has(formatPath(path)));
}

function isRoot(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rootFault(value: unknown): string {
  return value === null ? `is empty, ${ROOT_EXPECTED}` : `is no map, ${ROOT_EXPECTED}`;
}

/** What a message quotes is the file's own words, or a secret of the environment. */
function withoutQuotes(message: string): string {
  return message.replace(/"[^"]*"/g, '"…"');
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
  if (value === undefined) return { ok: false, problems: sortProblems(faults) };
  if (!isRoot(value)) return { ok: false, problems: [problemAt({ path: [], message: rootFault(value) })] };
  const { config, findings } = readConfig(value, document.findings);
  const all = [...findings, ...ruleFindings(config, findings)];
  const problems = sortProblems([...faults, ...all.map(problemAt)]);
  if (problems.length > 0 || !isComplete(config)) return { ok: false, problems };
  const warnings = sortProblems(warningsOf(config).map(problemAt));
  const resolved = resolveFiles(config, dirname(resolve(fileName)));
  return { ok: true, ...resolved, warnings, problemAt: (path, message) => problemAt({ path, message }) };
}

/** Without findings, the schema has filled in every key. */
function isComplete(config: Partial<Config>): config is Config {
  return config.publicUrl !== undefined && config.hub !== undefined && config.listen !== undefined;
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is no UTF-8 text' : `can not be read (${code})`;
}

/** Reads and parses a config file; a file that can not be read is a problem like any other. */
export function loadConfig(path: string, env: Environment, readFile: ReadFile = readUtf8): LoadResult {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const message = `${whyUnreadable(error)}, expected a config file`;
    return { ok: false, problems: [{ file: path, line: 1, column: 1, path: '', message }] };
  }
  return parseConfig(text, path, env);
}
