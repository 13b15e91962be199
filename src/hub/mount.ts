/** Mount: from a claim or a file to four typed strings, written so that the plugin can not misread them. */
import { type Refusal, refuse } from '../gate/reasons.ts';
import { asciiJson, pythonDict } from './python-literal.ts';

/** What the plugin looks for (jhub_remote_auth_mount 0.0.6), in the order in which it is written. */
const keys = ['HOST', 'USERNAME', 'PATH', 'MOUNTSSHPRIVATEKEY'] as const;

/** A mount; every value is well-formed Unicode. */
export type Mount = Readonly<Record<(typeof keys)[number], string>>;

/** How a preset's plugin reads the header. */
export type MountEncoding = 'python' | 'json';

/** The hub's proxy stops at 16 KiB of headers, and a key of 4096 bits takes 3.2 KiB. */
const mostBytes = 8 * 1024;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a mount from what a claim or a file held; names the key that is wrong, never a value. */
export function readMount(value: unknown): Mount | Refusal {
  if (!isRecord(value)) return refuse('data-invalid', 'the mount is not an object');
  const extra = Object.keys(value).some(key => !(keys as readonly string[]).includes(key));
  if (extra) return refuse('data-invalid', `the mount has a key besides ${keys.join(', ')}`);
  for (const key of keys) {
    const text = value[key];
    if (typeof text !== 'string' || !text.isWellFormed())
      return refuse('data-invalid', `the mount's ${key} is not a string`);
  }
  return value as Mount;
}

/** Reads a mount from the text of a JSON file. */
export function parseMount(text: string): Mount | Refusal {
  try {
    return readMount(JSON.parse(text));
  } catch {
    return refuse('data-invalid', 'the mount file is not JSON');
  }
}

/** The header's value: ASCII, at most 8 KiB. */
export function writeMount(mount: Mount, encoding: MountEncoding): string | Refusal {
  const entries = keys.map(key => [key, mount[key]] as const);
  const text = encoding === 'python' ? pythonDict(entries) : asciiJson(Object.fromEntries(entries));
  return text.length > mostBytes ? refuse('data-invalid', 'the mount is larger than 8 KiB') : text;
}
