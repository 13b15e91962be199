/** Building blocks of the schema; the only file that knows zod. */
import * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';

// A config is read once: making a parser of code out of the schema costs more than it saves, in time and in memory.
z.config({ jitless: true });

/** What one key may hold: reads what was written into `T`, or reports what is wrong and what is expected. */
export type Shape<T> = z.ZodType<T>;

/** What a shape reads. */
export type Read<S> = S extends Shape<infer T> ? T : never;

/** The keys of a map, each with its shape. */
export type Fields = Record<string, Shape<unknown>>;

/** Reports a problem of a map or one of its keys; `path` is relative to the map. */
export type Report = (message: string, ...path: readonly (string | number)[]) => void;

/** One thing that is wrong, as the schema sees it. */
export interface ShapeIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Keys of the map at `path` that the schema does not know; empty for every other issue. */
  readonly unknownKeys: readonly string[];
  /** The key itself is bad, not what it holds. */
  readonly atKey: boolean;
}

/** What every option says that is not built yet. */
const NOT_AVAILABLE = 'not available yet';

/** The same, with the way out where there is no value to write instead. */
const LEAVE_OUT = `${NOT_AVAILABLE}, expected no such key`;

function kindOf(value: unknown): string {
  if (value === null) return 'has no value';
  if (Array.isArray(value)) return 'is a list';
  const kinds: Record<string, string> = { string: 'is a text', boolean: 'is true or false', object: 'is a map' };
  return kinds[typeof value] ?? 'is a number';
}

function wrongKind(value: unknown, expected: string): string {
  return value === undefined ? `missing, expected ${expected}` : `${kindOf(value)}, expected ${expected}`;
}

const byKind = (expected: string): { error: (issue: { readonly input?: unknown }) => string } => ({
  error: issue => wrongKind(issue.input, expected),
});

/** A text that is not empty; `faultOf` says what else is wrong with it, without repeating it. */
export function text(expected: string, faultOf: (value: string) => string | null = () => null): Shape<string> {
  return z.string(byKind(expected)).check(context => {
    const fault = context.value === '' ? 'is empty' : faultOf(context.value);
    if (fault !== null)
      context.issues.push({ code: 'custom', message: `${fault}, expected ${expected}`, input: context.value });
  });
}

/** A text that may be empty. */
export function anyText(expected: string): Shape<string> {
  return z.string(byKind(expected));
}

/** A text in a form that an editor can check too. */
export function patterned(expected: string, pattern: RegExp): Shape<string> {
  return z.string(byKind(expected)).regex(pattern, { error: `is not understood, expected ${expected}` });
}

/** A whole number from `least` to `most`. */
export function wholeNumber(expected: string, least: number, most: number): Shape<number> {
  const error = { error: `is out of range, expected ${expected}` };
  return z.number(byKind(expected)).int(error).min(least, error).max(most, error);
}

/** What either shape reads; `expected` is said where neither does. */
export function either<T>(expected: string, one: Shape<T>, other: Shape<T>): Shape<T> {
  return z.union([one, other], {
    error: issue =>
      typeof issue.input === 'string' || typeof issue.input === 'number'
        ? `is not understood, expected ${expected}`
        : wrongKind(issue.input, expected),
  });
}

/** `true` or `false`. */
export function flag(): Shape<boolean> {
  return z.boolean(byKind('true or false'));
}

/** One literal that reads as `value`, or else what `shape` reads. */
export function literalOr<V, T>(literal: string, value: V, shape: Shape<T>): Shape<V | T> {
  return z.union([z.literal(literal).transform(() => value), shape], {
    error: issue => (issue.code === 'invalid_union' ? issue.errors[1]?.[0]?.message : undefined),
  });
}

/** A value that has to be this one where it is written; `fault` says why, and what to do. */
export function only<const V extends string>(value: V, fault: string): Shape<V> {
  return z.literal(value, { error: fault });
}

/** One of `values`; those in `later` are known, but not available yet. */
export function choice<const V extends string>(values: readonly V[], later: readonly string[] = []): Shape<V> {
  const expected = values.join(' or ');
  return z.enum(values, {
    error: issue => {
      if (typeof issue.input !== 'string') return wrongKind(issue.input, expected);
      if (later.includes(issue.input)) return `${NOT_AVAILABLE}, expected ${expected}`;
      const meant = didYouMean(issue.input, values);
      return `is not known, expected ${expected}${meant === null ? '' : `; did you mean ${meant}`}`;
    },
  });
}

/** A list; `least` 1 refuses an empty one. */
export function list<T>(expected: string, entry: Shape<T>, least: 0 | 1 = 0): Shape<T[]> {
  return z.array(entry, byKind(expected)).min(least, { error: `is empty, expected ${expected}` });
}

/** A map with keys of the operator's choice. */
export function dictionary<T>(expected: string, keyShape: Shape<string>, entry: Shape<T>): Shape<Map<string, T>> {
  const error = (issue: { readonly code?: string; readonly input?: unknown; readonly issues?: unknown }): string =>
    issue.code === 'invalid_key' ? messageOf(issue.issues) : wrongKind(issue.input, expected);
  return z.record(keyShape, entry, { error }).transform(record => new Map(Object.entries(record)));
}

function messageOf(issues: unknown): string {
  const first: unknown = Array.isArray(issues) ? issues[0] : undefined;
  return typeof first === 'object' && first !== null && 'message' in first ? String(first.message) : 'is not taken';
}

/** A map with these keys and no others. */
export function group<F extends Fields>(fields: F): z.ZodObject<F, z.core.$strict> {
  return z.strictObject(fields, byKind('a map'));
}

/** A map with these keys, and others whose values are all of one shape. */
export function openGroup<F extends Fields, T>(
  fields: F,
  others: Shape<T>,
): z.ZodObject<F, z.core.$catchall<Shape<T>>> {
  return z.object(fields, byKind('a map')).catchall(others);
}

/** Turns what was read into what the gate uses; a reported problem makes the whole of it bad. */
export function shaped<T, U>(shape: Shape<T>, make: (value: T, report: Report) => U): Shape<U> {
  return shape.transform((value, context) => {
    if (context.issues.length > 0) return z.NEVER;
    const made = make(value, (message, ...path) => {
      context.issues.push({ code: 'custom', message, path: [...path], input: value });
    });
    return context.issues.length === 0 ? made : z.NEVER;
  });
}

/** A key with its description. */
export function key<T>(about: string, shape: Shape<T>): Shape<T> {
  return shape.describe(about);
}

/** A key that may be left out: then it reads as `written` would. */
export function keyOr<T>(about: string, shape: Shape<T>, written: unknown): Shape<T> {
  return shape.prefault(written).describe(about);
}

/** A key that may be left out: then it is `null`. */
export function keyOrNull<T>(about: string, shape: Shape<T>): Shape<T | null> {
  return shape
    .optional()
    .transform(value => value ?? null)
    .describe(about);
}

/** A key of a feature that is not built yet: takes the value that means off or default, nothing else. */
export function later(about: string, off: string | number | boolean | readonly []): Shape<unknown> {
  const written = off === '' || typeof off === 'object' ? '' : `${off} or `;
  const error = { error: `${NOT_AVAILABLE}, expected ${written}no such key` };
  const shape: Shape<unknown> =
    typeof off === 'object' ? z.array(z.unknown(), error).max(0, error) : z.literal(off, error);
  return keyOr(`${about} (${NOT_AVAILABLE})`, shape, off);
}

/** A key of a feature that is not built yet and is off by being left out; `fields` lists what it will know. */
export function laterKey(about: string, fields?: Readonly<Record<string, string>>): Shape<unknown> {
  const known = Object.entries(fields ?? {}).map(([name, what]) => [name, z.unknown().optional().describe(what)]);
  const shape: Shape<unknown> = fields === undefined ? z.unknown() : z.strictObject(Object.fromEntries(known));
  return shape
    .check(context => {
      if (context.value !== undefined)
        context.issues.push({ code: 'custom', message: LEAVE_OUT, input: context.value });
    })
    .optional()
    .describe(`${about} (${NOT_AVAILABLE})`);
}

/** Reads a plain value: the result, or everything that the schema finds wrong with it in one pass. */
export function readShape<T>(shape: Shape<T>, written: unknown): { readonly value: T } | readonly ShapeIssue[] {
  const read = shape.safeParse(written);
  if (read.success) return { value: read.data };
  return read.error.issues.map(issue => ({
    path: issue.path.map(step => (typeof step === 'symbol' ? String(step) : step)),
    message: issue.message,
    unknownKeys: issue.code === 'unrecognized_keys' ? issue.keys : [],
    atKey: issue.code === 'invalid_key',
  }));
}

/** Reads each key of a map by itself: what is bad is left out, and the others stay. */
export function readKeys<F extends Fields>(
  fields: z.ZodObject<F>,
  written: unknown,
): { readonly [K in keyof F]?: Read<F[K]> | undefined } {
  const members = new Map(typeof written === 'object' && written !== null ? Object.entries(written) : []);
  const good = Object.entries<Shape<unknown>>(fields.shape).flatMap(([name, shape]): [string, unknown][] => {
    const read = readShape(shape, members.get(name));
    return 'value' in read ? [[name, read.value]] : [];
  });
  return Object.fromEntries(good) as { readonly [K in keyof F]?: Read<F[K]> | undefined };
}

/** The shape's input as JSON Schema 2020-12. */
export function jsonSchemaOf(shape: Shape<unknown>): object {
  return z.toJSONSchema(shape, { io: 'input' });
}
