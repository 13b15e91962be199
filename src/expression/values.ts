/** JSON and what expressions make of it, both ways. */
import { ownText } from '../http/recent-texts.ts';

/** What an expression sees: whole numbers are `int`, others `double`; no name in a map means anything to the language. */
export type Value = null | boolean | bigint | number | string | readonly Value[] | ReadonlyMap<string, Value>;

/** Larger lists, maps and texts would let one token hold the gate up, since expressions may go over a list for each of its members. */
const mostMembers = 1000;
const mostCharacters = 8192;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fromList(list: readonly unknown[]): Value | undefined {
  if (list.length > mostMembers) return undefined;
  const values: Value[] = [];
  for (const member of list) {
    const value = fromJson(member);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** The members of a JSON object by name; undefined where one is, or they are, too large. */
export function fromObject(object: Readonly<Record<string, unknown>>): ReadonlyMap<string, Value> | undefined {
  const entries = Object.entries(object);
  if (entries.length > mostMembers) return undefined;
  const values = new Map<string, Value>();
  for (const [name, member] of entries) {
    const value = fromJson(member);
    if (value === undefined) return undefined;
    values.set(name, value);
  }
  return values;
}

/** Kubernetes reads a claim so: `86400` is an `int`, `0.5` a `double`. Undefined for what is too large. */
function fromJson(value: unknown): Value | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string') return value.length > mostCharacters ? undefined : value;
  if (typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return fromList(value);
  return isRecord(value) ? fromObject(value) : undefined;
}

/** Texts and members that an expression may give: it is remembered with its token, and goes into headers. */
const mostGiven = 64 * 1024;

/** How much of `left` remains behind a value; below zero as soon as it does not fit. */
function remaining(value: unknown, left: number): number {
  if (typeof value === 'string') return left - 1 - value.length;
  if (typeof value !== 'object' || value === null) return left - 1;
  const members = Array.isArray(value) ? value : (membersOf(value) ?? []).flat();
  let rest = left - 1;
  for (const member of members) {
    if (rest < 0) return rest;
    rest = remaining(member, rest);
  }
  return rest;
}

/** Whether what an expression gave is more than anybody has a use for. */
export function isLarge(value: unknown): boolean {
  return remaining(value, mostGiven) < 0;
}

/** JSON to be written, in objects of which every member is their own. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

function membersOf(map: object): [unknown, unknown][] | undefined {
  if (map instanceof Map) return [...map];
  // A map that an expression makes is a plain object.
  return Object.getPrototypeOf(map) === Object.prototype ? Object.entries(map) : undefined;
}

function toObject(map: object): Json | undefined {
  const members: [string, Json][] = [];
  for (const [name, member] of membersOf(map) ?? [[undefined, undefined]]) {
    const json = toJson(member);
    if (typeof name !== 'string' || json === undefined) return undefined;
    members.push([name, json]);
  }
  return Object.fromEntries(members);
}

function toList(list: readonly unknown[]): Json | undefined {
  const members: Json[] = [];
  for (const member of list) {
    const json = toJson(member);
    if (json === undefined) return undefined;
    members.push(json);
  }
  return members;
}

function toNumber(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** What an expression gave, as JSON that keeps nothing else alive; undefined for what JSON has no word for (times, bytes, types, numbers beyond 2^53, half a character). */
export function toJson(value: unknown): Json | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? ownText(value) : undefined;
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return toNumber(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  if (Array.isArray(value)) return toList(value);
  return typeof value === 'object' ? toObject(value) : undefined;
}
