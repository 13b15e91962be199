/** Mount: from a claim, a file or a provider to typed strings, written so that the plugin can not misread them. */
import { MOUNT_KEYS } from '../config/sections/inject.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import { readTimestamp } from '../http/timestamp.ts';
import { asciiJson, pythonDict } from './python-literal.ts';

/** A mount: its strings by key, in the order in which they are written, and until when it holds. */
export interface Mount {
  /** Every value is well-formed Unicode. */
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** Milliseconds since the epoch; null: nobody said. */
  readonly expiresAt: number | null;
}

/** How a preset's plugin reads the header. */
export type MountEncoding = 'python' | 'json';

/** The hub's proxy stops at 16 KiB of headers, and a key of 4096 bits takes 3.2 KiB. */
const mostBytes = 8 * 1024;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Until when the source says that it holds; undefined for what is no time. */
function readExpiry(value: Readonly<Record<string, unknown>>): number | null | undefined {
  return Object.hasOwn(value, 'expiresAt') ? (readTimestamp(value['expiresAt']) ?? undefined) : null;
}

/**
 * Reads a mount from what a source gave: the four strings, those of `further`, perhaps `expiresAt`, and nothing else. Names the
 * key that is wrong, never a value.
 */
export function readMount(value: unknown, further: readonly string[] = []): Mount | Refusal {
  if (!isRecord(value)) return refuse('data-invalid', 'the mount is not an object');
  const keys: readonly string[] = [...MOUNT_KEYS, ...further];
  const unknown = Object.keys(value).some(key => key !== 'expiresAt' && !keys.includes(key));
  if (unknown) return refuse('data-invalid', `the mount has a key besides ${keys.join(', ')} and expiresAt`);
  const entries: [string, string][] = [];
  for (const key of keys) {
    const text = Object.hasOwn(value, key) ? value[key] : undefined;
    if (typeof text !== 'string' || !text.isWellFormed())
      return refuse('data-invalid', `the mount's ${key} is not a string`);
    entries.push([key, text]);
  }
  const expiresAt = readExpiry(value);
  return expiresAt === undefined
    ? refuse('data-invalid', "the mount's expiresAt is neither RFC 3339 nor a NumericDate")
    : { entries, expiresAt };
}

/** The header's value: ASCII, at most 8 KiB. */
export function writeMount({ entries }: Mount, encoding: MountEncoding): string | Refusal {
  const text = encoding === 'python' ? pythonDict(entries) : asciiJson(Object.fromEntries(entries));
  return text.length > mostBytes ? refuse('data-invalid', 'the mount is larger than 8 KiB') : text;
}
