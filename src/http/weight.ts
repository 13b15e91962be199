/** What values take up in memory, about: rather more than less, so that a bound on it is one. */

/** Measured on Node 26 with what strict JSON makes of small and large lists and objects. */
const bytes = { simple: 16, text: 24, list: 200, place: 12, object: 200, member: 40 };

function ofText({ length }: string): number {
  return bytes.text + 2 * length;
}

function ofMembers(members: Iterable<readonly [unknown, unknown]>): number {
  let sum = bytes.object;
  for (const [name, member] of members) sum += bytes.member + weightOf(name) + weightOf(member);
  return sum;
}

function ofList(list: readonly unknown[]): number {
  let sum = bytes.list;
  for (const member of list) sum += bytes.place + weightOf(member);
  return sum;
}

/** Bytes of a value as JSON has them, or with maps in the place of objects. What stands in it twice counts twice. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return ofText(value);
  if (typeof value !== 'object' || value === null) return bytes.simple;
  if (Array.isArray(value)) return ofList(value);
  return ofMembers(value instanceof Map ? value : Object.entries(value));
}
