/** Plain values → what the schema makes of them, with everything that is wrong found in one go. */
import type { Config } from './config.ts';
import { didYouMean } from './did-you-mean.ts';
import { knownKeys } from './json-schema.ts';
import type { Finding, Path } from './problems.ts';
import type { ReadableConfig } from './readable.ts';
import { configFields, configParts, configShape } from './schema.ts';
import { readShape, type Shape, type ShapeIssue } from './shape.ts';

/** What could be read. */
export interface ConfigReading {
  readonly readable: ReadableConfig;
  /** The same, where the schema found nothing wrong. */
  readonly whole: Config | null;
  readonly findings: readonly Finding[];
}

/** Rounds of taking out what is bad and looking again: checks of a map run only when its keys are good. */
const ROUNDS = 4;

function unknownKey(path: Path, name: string): Finding {
  const known = knownKeys(path);
  const meant = didYouMean(name, known);
  const expected = meant === null ? `expected one of ${known.join(', ')}` : `did you mean ${meant}?`;
  return { path: [...path, name], message: `unknown key, ${expected}`, atKey: true };
}

/** What Kubernetes' AuthenticationConfiguration has beside its `jwt`. */
const ofKubernetes = ['apiVersion', 'kind', 'anonymous'];

/** All of it is one slip, and is told once. */
function unknownKeysOf(path: Path, names: readonly string[]): Finding[] {
  const pasted =
    path.length === 0 && names.includes('apiVersion') ? names.filter(name => ofKubernetes.includes(name)) : [];
  const message = `is Kubernetes' AuthenticationConfiguration, of which the gate takes jwt alone, expected its list under jwt beside the gate's own keys, and no ${pasted.join(', ')}`;
  const [first = ''] = pasted;
  return [
    ...(pasted.length === 0 ? [] : [{ path: [first], message, atKey: true }]),
    ...names.filter(name => !pasted.includes(name)).map(name => unknownKey(path, name)),
  ];
}

function findingsOf(issues: readonly ShapeIssue[]): Finding[] {
  return issues.flatMap(({ path, message, unknownKeys, atKey }) =>
    unknownKeys.length > 0 ? unknownKeysOf(path, unknownKeys) : [{ path, message, atKey }],
  );
}

/** Whether one path lies on the way to the other. */
function overlap(one: Path, other: Path): boolean {
  return one.every((part, index) => index >= other.length || part === other[index]);
}

/** What none of the places that are known to be bad explains. */
function news(findings: readonly Finding[], known: readonly Path[]): Finding[] {
  return findings.filter(finding => !known.some(path => overlap(path, finding.path)));
}

/** What is taken out for a bad path: its key, with the whole list where an element is bad. */
export function takenOut(path: Path): Path {
  return path.slice(0, path.findLastIndex(part => typeof part === 'string') + 1);
}

/** A copy without the value at `path`, which ends with a key: no index moves. */
function without(value: unknown, path: Path): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  if (Array.isArray(value)) {
    return value.map((element, index) => (index === first ? without(element, rest) : element));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (name !== first) return [[name, member]];
      const kept = rest.length === 0 ? undefined : without(member, rest);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

/** Reads one top-level key in rounds; `found` grows by what a round finds that no earlier one explains. */
function readKey<T>(shape: Shape<T>, written: unknown, at: Path, found: Finding[]): T | undefined {
  let value = written;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { path } of found) if (path[0] === at[0]) value = without(value, takenOut(path).slice(1));
    if (value === undefined && written !== undefined) return undefined;
    const read = readShape(shape, value);
    if ('value' in read) return read.value;
    const fresh = news(
      findingsOf(read.map(issue => ({ ...issue, path: [...at, ...issue.path] }))),
      found.map(({ path }) => takenOut(path)),
    );
    if (fresh.length === 0) return undefined;
    found.push(...fresh);
  }
  return undefined;
}

/** Reads the root map; `known` is wrong already. What is left of a bad config is for rules that look across keys. */
export function readConfig(written: object, known: readonly Finding[]): ConfigReading {
  const whole = readShape(configShape, written);
  if ('value' in whole) return { readable: whole.value, whole: whole.value, findings: known };
  const findings = [
    ...known,
    ...news(
      findingsOf(whole),
      known.map(({ path }) => path),
    ),
  ];
  const values: [string, unknown][] = [];
  for (const [name, shape] of Object.entries(configFields)) {
    const member: unknown = Object.hasOwn(written, name) ? Reflect.get(written, name) : undefined;
    const read = readKey<unknown>(shape, member, [name], findings);
    const isBad = findings.some(({ path }) => path[0] === name);
    const parts = isBad ? configParts.get(name) : undefined;
    const value = parts === undefined ? read : parts(member);
    if (value !== undefined) values.push([name, value]);
  }
  const readable: ReadableConfig = Object.fromEntries(values);
  return { readable, whole: null, findings };
}
