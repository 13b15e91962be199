/** What is wrong with a config, and where. */
import { visibleText } from '../http/visible-text.ts';

/** One thing that is wrong, or worth a warning. */
export interface Problem {
  /** As it was named on the command line. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `jwt[0].keys.jwksUrl`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, and what is expected; never a value that came from the environment. */
  readonly message: string;
}

/** Keys and list indices from the root of the file down. */
export type Path = readonly (string | number)[];

/** Something wrong at a path, before its place in the file is known. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** The place is the key, not what it holds. */
  readonly atKey?: boolean;
}

const LONGEST_KEY = 60;

function step(part: string | number): string {
  if (typeof part === 'number') return `[${part}]`;
  const shown = part.length > LONGEST_KEY ? `${part.slice(0, LONGEST_KEY)}…` : part;
  return /^[A-Za-z_][\w-]*$/.test(shown) ? `.${shown}` : `[${JSON.stringify(shown)}]`;
}

/** `jwt[0].keys.jwksUrl`; keys that are no plain word stand quoted in brackets. */
export function formatPath(path: Path): string {
  return path.map(step).join('').replace(/^\./, '');
}

/** `file:line:col path: what is wrong, what is expected`, on one line. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  const told = path === '' ? `: ${message}` : ` ${path}: ${message}`;
  return `${file}:${line}:${column}${visibleText(told, Number.POSITIVE_INFINITY)}`;
}

/** In the order of the file, each once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map(problem => [formatProblem(problem), problem]));
  return [...once.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
