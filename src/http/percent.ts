/** Percent-decoding as far as the most eager server would go. */

/** What became of a text when every percent-encoding in it was undone. */
export interface FullyDecoded {
  /** Bytes above 0x7f that were encoded are read as UTF-8 where they are, else as latin1; others stay as they stand. */
  readonly text: string;
  /** Every ASCII character that an encoding was hiding. */
  readonly uncovered: ReadonlySet<string>;
}

const hexDigit = /^[0-9A-Fa-f]$/;
const encodedHighBytes = /(?:%[89A-Fa-f][0-9A-Fa-f])+/g;
const nothing: ReadonlySet<string> = new Set();

function readHighBytes(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

/** Takes the encoding off the end of what is read so far, or gives -1 when there is none. */
function takeEncodedByte(read: string[]): number {
  if (read.at(-3) !== '%') return -1;
  const [high = '', low = ''] = read.slice(-2);
  if (!hexDigit.test(high) || !hexDigit.test(low)) return -1;
  read.length -= 3;
  return Number.parseInt(high + low, 16);
}

/** `%C0%AF` and its siblings are overlong UTF-8: the ASCII character that lax decoders make of them, or -1. */
function takeOverlong(read: string[], byte: number): number {
  const lead = read.at(-1);
  if (byte < 0x80 || byte > 0xbf || (lead !== '%C0' && lead !== '%C1')) return -1;
  read.length -= 1;
  return (lead === '%C1' ? 0x40 : 0) | (byte & 0x3f);
}

/** Reads left to right and undoes an encoding as soon as it is complete, so nested ones cost no second pass. */
function uncover(text: string): { readonly read: string[]; readonly uncovered: ReadonlySet<string> } {
  const read: string[] = [];
  const uncovered = new Set<string>();
  for (const character of text.split('')) {
    read.push(character);
    for (let byte = takeEncodedByte(read); byte !== -1; byte = takeEncodedByte(read)) {
      const overlong = takeOverlong(read, byte);
      const value = overlong === -1 ? byte : overlong;
      if (value > 0x7f) {
        read.push(`%${value.toString(16).toUpperCase()}`);
        break;
      }
      const plain = String.fromCharCode(value);
      read.push(plain);
      uncovered.add(plain);
    }
  }
  return { read, uncovered };
}

/**
 * Undoes percent-encoding until none is left, however deep it is nested (`%252e`, `%%32e`); linear, and the same as
 * decoding in rounds until nothing changes. A `%` that begins no encoding stays.
 */
export function decodeFully(text: string): FullyDecoded {
  if (!text.includes('%')) return { text, uncovered: nothing };
  const { read, uncovered } = uncover(text);
  return { text: read.join('').replace(encodedHighBytes, readHighBytes), uncovered };
}
