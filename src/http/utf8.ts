/** UTF-8, strictly: a byte order mark is a character like any other. */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that the bytes are; null where they are not UTF-8. */
export function utf8TextOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
