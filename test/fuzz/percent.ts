/** Percent-decoding as servers do it: once. */

/** As UTF-8; null where some encoding is no byte, or the bytes are no UTF-8. */
export function decodedOnce(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Byte by byte, latin1; a `%` that begins no encoding stays. */
export function bytesOnce(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
