/** Reads a chunked body (RFC 9112 §7.1), strictly; extensions and trailers are checked and dropped. */
import { isFieldValue } from '../../http/field.ts';
import type { BodyReader, TakePart } from './body-reader.ts';
import { readFieldLines } from './field-lines.ts';

const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;

/** 4 GiB for one chunk; more digits are leading zeros or an overflow that somebody downstream may read otherwise. */
const mostDigits = 8;
/** Extensions over the whole body; nobody uses them but to fill a buffer. */
const mostExtensionBytes = 4096;
const mostTrailerBytes = 16 * 1024;

/** RFC 9112 §7.1.1 without white space; llhttp takes no extension without a name. */
const extensions = /^(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[^"\\]|\\.)*"))?)+$/;

/** What must not stand behind a body (RFC 9110 §6.5.1); llhttp would frame by it. */
const framingNames: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

type Place = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'end';

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** One chunked body. */
export class ChunkedReader implements BodyReader {
  complete = false;
  fault: string | null = null;
  #place: Place = 'size';
  #left = 0;
  #digits = 0;
  #extension = '';
  #extensionBytes = 0;
  #trailer = '';
  /** Of the trailer line that is being read. */
  #lineBytes = 0;
  #lastByte = 0;

  read(bytes: Buffer, from: number, take: TakePart): number {
    let at = from;
    while (at < bytes.length && !this.complete && this.fault === null) {
      at = this.#place === 'data' ? this.#readData(bytes, at, take) : this.#readByte(bytes[at] ?? 0, at);
    }
    return at;
  }

  #readData(bytes: Buffer, at: number, take: TakePart): number {
    const stop = Math.min(bytes.length, at + this.#left);
    this.#left -= stop - at;
    if (this.#left === 0) this.#place = 'data-cr';
    take(at === 0 && stop === bytes.length ? bytes : bytes.subarray(at, stop));
    return stop;
  }

  #readByte(byte: number, at: number): number {
    if (this.#place === 'size') this.#readSize(byte);
    else if (this.#place === 'extension') this.#readExtension(byte);
    else if (this.#place === 'size-lf') this.#expect(byte, lf, this.#left === 0 ? 'trailer' : 'data');
    else if (this.#place === 'data-cr') this.#expect(byte, cr, 'data-lf');
    else if (this.#place === 'data-lf') this.#expect(byte, lf, 'size');
    else this.#readTrailer(byte);
    return at + 1;
  }

  #expect(byte: number, wanted: number, next: Place): void {
    if (byte !== wanted) this.fault = 'CR LF is missing in a chunked body';
    this.#place = next;
    this.#digits = 0;
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0 && this.#digits < mostDigits) {
      this.#left = (this.#digits === 0 ? 0 : this.#left) * 16 + digit;
      this.#digits += 1;
    } else if (this.#digits > 0 && byte === cr) this.#place = 'size-lf';
    else if (this.#digits > 0 && byte === semicolon) this.#beginExtension();
    else this.fault = 'a chunk size is not a hexadecimal number of at most 8 digits';
  }

  #beginExtension(): void {
    this.#place = 'extension';
    this.#extension = ';';
  }

  #readExtension(byte: number): void {
    this.#extensionBytes += 1;
    if (byte === cr && extensions.test(this.#extension)) this.#place = 'size-lf';
    else if (byte < 0x20 || byte === 0x7f) this.fault = 'what stands behind a chunk size is no extension';
    else if (this.#extensionBytes > mostExtensionBytes) this.fault = 'too many chunk extensions';
    else this.#extension += String.fromCharCode(byte);
  }

  /** Looks at single bytes: the text so far would be put together anew for each look at it. */
  #readTrailer(byte: number): void {
    this.#trailer += String.fromCharCode(byte);
    this.#lineBytes += 1;
    if (byte === lf && this.#lastByte !== cr) this.fault = 'a trailer line does not end with CR LF';
    else if (this.#trailer.length > mostTrailerBytes) this.fault = 'the trailers are too large';
    else if (byte === lf && this.#lineBytes === '\r\n'.length) this.#endTrailers();
    if (byte === lf) this.#lineBytes = 0;
    this.#lastByte = byte;
  }

  #endTrailers(): void {
    const lines = readFieldLines(this.#trailer, 0, this.#trailer.length - '\r\n'.length);
    if (typeof lines === 'string') this.fault = `in the trailers, ${lines}`;
    else if (!lines.every(([, value]) => isFieldValue(value))) this.fault = 'a control character in a trailer';
    else if (lines.some(([name]) => framingNames.has(name.toLowerCase()))) this.fault = 'a trailer is about framing';
    else this.complete = true;
  }
}
