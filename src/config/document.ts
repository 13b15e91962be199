/** The YAML of a config: plain values, and the place of each in the file; the only file that knows yaml. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Finding, Path } from './problems.ts';

/** Aliases that one file may use, however they nest: enough for shared lists, too few to blow up memory. */
const MOST_ALIASES = 50;
const OPENING = '$' + '{';
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** From 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something that is wrong with the text itself. */
export interface TextFault {
  readonly place: Place;
  readonly message: string;
}

/** A file that was read as YAML. */
export interface ConfigDocument {
  /** Plain maps, lists and scalars; `undefined` when the text is no YAML. */
  readonly value: unknown;
  /** What makes the text no YAML, or more than one should take. */
  readonly faults: readonly TextFault[];
  /** Values that could not be made from the environment, and keys that are not taken. */
  readonly findings: readonly Finding[];
  /** Where a finding stands: its value, its key, or the nearest ancestor that is there. */
  place(finding: Finding): Place;
  /** Whether the value there came from the environment, so that no word of it may be said. */
  isFromEnvironment(finding: Finding): boolean;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Fault = { readonly offset: number; readonly message: string };

const offsetOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}

function keyFault(key: unknown): string | null {
  if (!isScalar(key) || typeof key.value !== 'string') return 'is a key that is no text, expected quotes around it';
  return key.value === '__proto__' ? 'is not taken as a key, expected another name' : null;
}

/** Puts environment variables in place of `${NAME}`; no value is ever said. */
function substitute(written: string, env: Environment): { readonly value: string } | { readonly fault: string } {
  const missing: string[] = [];
  const value = written.replace(VARIABLE, (_, name: string) => {
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (found === undefined) missing.push(name);
    return found ?? '';
  });
  if (missing.length > 0) return { fault: `names the environment variable ${missing.join(', ')}, which is not set` };
  const broken = written.replace(VARIABLE, '').includes(OPENING);
  return broken ? { fault: `has ${OPENING} without a name and a brace, expected ${OPENING}ENV_NAME}` } : { value };
}

/** The path of a node, from what `visit` says of the nodes above it. */
function pathOf(above: readonly unknown[], role: unknown): Path {
  return above.flatMap((node, index): (string | number)[] => {
    if (isPair(node)) return [isScalar(node.key) ? String(node.key.value) : ''];
    if (!isSeq(node)) return [];
    return [index + 1 < above.length ? node.items.indexOf(above[index + 1]) : Number(role)];
  });
}

/** What was found while the environment was put in, and the scalars that hold some of it now. */
interface Scalars {
  readonly findings: readonly Finding[];
  readonly fromEnvironment: ReadonlySet<unknown>;
}

/** Puts the environment in, in place; finds what could not be put in, and keys that no map of ours has. */
function readScalars(document: Document, env: Environment): Scalars {
  const findings: Finding[] = [];
  const fromEnvironment = new Set<unknown>();
  visit(document, {
    Pair(_, pair, above) {
      const message = keyFault(pair.key);
      if (message !== null) findings.push({ path: pathOf([...above, pair], 'key'), message, atKey: true });
    },
    Scalar(role, node, above) {
      if (role === 'key' || typeof node.value !== 'string') return;
      const read = substitute(node.value, env);
      if ('fault' in read) findings.push({ path: pathOf(above, role), message: read.fault });
      else if (read.value !== node.value) {
        node.value = read.value;
        fromEnvironment.add(node);
      }
    },
  });
  return { findings, fromEnvironment };
}

function plainValue(document: Document): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch {
    return { fault: `has aliases that multiply, expected ${MOST_ALIASES} or fewer` };
  }
}

/** The node at the last step, or the nearest above it: the value, or where there is none its key. */
function nodeAt(document: Document, { path, atKey = false }: Finding): unknown {
  let best: unknown = document.contents;
  let node: unknown = document.contents;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const pair = isMap(node)
      ? node.items.find(item => isScalar(item.key) && String(item.key.value) === part)
      : undefined;
    const child = isSeq(node) && typeof part === 'number' ? node.items[part] : pair?.value;
    if (pair === undefined && child === undefined) return best;
    const last = index === path.length - 1;
    const shown = isScalar(child) && child.value === null && child.source === '' ? pair?.key : child;
    best = pair !== undefined && ((last && atKey) || isMap(child) || isSeq(child)) ? pair.key : (shown ?? pair?.key);
    node = child;
  }
  return best;
}

const NOTHING: Scalars = { findings: [], fromEnvironment: new Set() };

/** Parses the text, without throwing: what is wrong with it stands in `faults`. */
export function readDocument(text: string, env: Environment): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false, version: '1.2' });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults: Fault[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    offset: pos[0],
    message: `is no valid YAML: ${message}`,
  }));
  const broken = faults.length > 0;
  const { findings, fromEnvironment } = broken ? NOTHING : readScalars(document, env);
  const plain = broken ? { value: undefined } : plainValue(document);
  if ('fault' in plain) faults.push({ offset: offsetOf(document.contents), message: plain.fault });
  return {
    value: 'value' in plain ? plain.value : undefined,
    findings,
    faults: faults.map(({ offset, message }) => ({ place: placeOf(offset), message })),
    place: finding => placeOf(offsetOf(nodeAt(document, finding))),
    isFromEnvironment: finding => fromEnvironment.has(nodeAt(document, finding)),
  };
}
