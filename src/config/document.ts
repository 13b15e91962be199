/** The YAML of a config: plain values, and the place of each in the file; the only file that knows yaml. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  Scalar,
  visit,
  type YAMLError,
} from 'yaml';
import { type Environment, substitute } from './environment.ts';
import type { Finding, Path } from './problems.ts';

/** How often aliases may stand for something, nested ones counted out: enough for shared lists, too few to fill memory. */
const MOST_ALIASES = 50;

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
  /** The same, or what the parser could make of a text that is no YAML, for who looks for one value only. */
  readonly recovered: unknown;
  /** What makes the text no YAML, or more than one should take. */
  readonly faults: readonly TextFault[];
  /** Values that could not be made from the environment, and keys that are not taken. */
  readonly findings: readonly Finding[];
  /** Where a finding stands: its value, its key, or the nearest ancestor that is there. */
  place(finding: Finding): Place;
  /** Whether something is written at this very path. */
  holds(path: Path): boolean;
  /** Whether the value there came from the environment, so that no word of it may be said. */
  isFromEnvironment(finding: Finding): boolean;
}

/** What was found while the environment was put in, and the scalars that hold some of it now. */
interface Scalars {
  readonly findings: readonly Finding[];
  /** Offsets of keys that are no scalars in the end, which are taken out. */
  readonly compoundKeys: readonly number[];
  readonly fromEnvironment: ReadonlySet<unknown>;
}

const NOTHING: Scalars = { findings: [], compoundKeys: [], fromEnvironment: new Set() };

const offsetOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

/** A repeated key is no fault of the text: the rest can still be looked at. */
const isRepeat = ({ code }: YAMLError): boolean => code === 'DUPLICATE_KEY';

/** The parser's words, and more where they speak of its grammar and not of what was done. */
function parserFault({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'more than one document, expected one';
  if (code !== 'BLOCK_AS_IMPLICIT_KEY') return message;
  return `${message} (a line below is indented too deep, or a text with ": " is not in quotes)`;
}

function syntaxFault(error: YAMLError): string {
  return `is no valid YAML: ${parserFault(error)}`;
}

const KEY_EXPECTED = 'is a key that is no text, expected quotes around it';

function keyFault(key: unknown, repeated: ReadonlySet<number>): string | null {
  if (repeated.has(offsetOf(key))) return 'stands here for the second time, expected it once';
  if (!isScalar(key) || typeof key.value !== 'string') return KEY_EXPECTED;
  return key.value === '__proto__' ? 'is not taken as a key, expected another name' : null;
}

/** The path of a node, from what `visit` says of the nodes above it. */
function pathOf(above: readonly unknown[], role: unknown): Path {
  return above.flatMap((node, index): (string | number)[] => {
    if (isPair(node)) return [isScalar(node.key) ? String(node.key.value) : ''];
    if (!isSeq(node)) return [];
    return [index + 1 < above.length ? node.items.indexOf(above[index + 1]) : Number(role)];
  });
}

/** Maps, lists and what a tag makes a thing of (`!!binary`) would have to be made a text first. */
function isPlainKey(key: unknown): key is Scalar {
  return isScalar(key) && (typeof key.value !== 'object' || key.value === null);
}

/** Puts the environment in, in place; finds what could not be put in, and keys that no map of ours has. */
function readScalars(document: Document, env: Environment): Scalars {
  const repeated = new Set(document.errors.filter(isRepeat).map(({ pos }) => pos[0]));
  const findings: Finding[] = [];
  const compoundKeys: number[] = [];
  const fromEnvironment = new Set<unknown>();
  visit(document, {
    Pair(role, pair, above) {
      if (!isPlainKey(pair.key)) {
        compoundKeys.push(offsetOf(pair.key));
        return visit.REMOVE;
      }
      const message = keyFault(pair.key, repeated);
      if (message !== null) findings.push({ path: pathOf([...above, pair], role), message, atKey: true });
      return undefined;
    },
    Alias(role, node, above) {
      if (node.resolve(document) !== undefined) return undefined;
      findings.push({ path: pathOf(above, role), message: 'is an alias of nothing, expected an anchor before it' });
      const nothing = new Scalar(null);
      nothing.range = node.range ?? null;
      return nothing;
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
  return { findings, compoundKeys, fromEnvironment };
}

function plainValue(document: Document): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch {
    return { fault: `has aliases that multiply, expected ${MOST_ALIASES} or fewer` };
  }
}

/** What stands for a finding in the text: a block of its own is named by its key, a value by itself. */
function shownNode(key: unknown, value: unknown, atKey: boolean): unknown {
  const empty = isScalar(value) && value.value === null && value.source === '';
  return key !== undefined && (atKey || empty || !isNode(value) || isMap(value) || isSeq(value)) ? key : value;
}

/** The node at the last step, or the nearest above it. */
function nodeAt(document: Document, finding: Finding): unknown {
  return lookFor(document, finding).shown;
}

function lookFor(document: Document, { path, atKey = false }: Finding): { shown: unknown; isThere: boolean } {
  let shown: unknown = document.contents;
  let node: unknown = document.contents;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const pair = isMap(node)
      ? node.items.findLast(item => isScalar(item.key) && String(item.key.value) === part)
      : undefined;
    const child: unknown = isSeq(node) && typeof part === 'number' ? node.items[part] : pair?.value;
    if (pair === undefined && child === undefined) return { shown, isThere: false };
    shown = shownNode(pair?.key, child, atKey && index === path.length - 1);
    node = child;
  }
  return { shown, isThere: true };
}

/** The parser's own counter misses the line ends of a text that it gave up on. */
function placesIn(text: string): (offset: number) => Place {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  return offset => {
    const line = starts.findLastIndex(start => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

/** Parses the text, without throwing: what is wrong with it stands in `faults`. */
export function readDocument(text: string, env: Environment): ConfigDocument {
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: false, version: '1.2' });
  const placeOf = placesIn(text);
  const syntax = [...document.errors, ...document.warnings].filter(error => !isRepeat(error));
  const faults = syntax.map(error => ({ place: placeOf(error.pos[0]), message: syntaxFault(error) }));
  const scalars = readScalars(document, env);
  const { findings, compoundKeys, fromEnvironment } = faults.length > 0 ? NOTHING : scalars;
  faults.push(...compoundKeys.map(offset => ({ place: placeOf(offset), message: KEY_EXPECTED })));
  const plain = plainValue(document);
  if ('fault' in plain && syntax.length === 0)
    faults.push({ place: placeOf(offsetOf(document.contents)), message: plain.fault });
  const recovered = 'value' in plain ? plain.value : undefined;
  return {
    value: syntax.length === 0 ? recovered : undefined,
    recovered,
    faults,
    findings,
    place: finding => placeOf(offsetOf(nodeAt(document, finding))),
    holds: path => lookFor(document, { path, message: '' }).isThere,
    isFromEnvironment: finding => fromEnvironment.has(nodeAt(document, finding)),
  };
}
