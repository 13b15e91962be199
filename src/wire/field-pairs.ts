/** Between node's flat header arrays and field lines. */
import type { FieldLine } from '../http/field.ts';

/** `[name, value, name, value, …]`, as node:http has it in rawHeaders. */
export function pairUp(flat: readonly string[]): FieldLine[] {
  const lines: FieldLine[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) lines.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return lines;
}

/** The other way round. */
export function flatten(lines: readonly FieldLine[]): string[] {
  return lines.flat();
}
