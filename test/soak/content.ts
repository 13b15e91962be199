/** Bodies that are nobody else's: a keystream for each name, so that a byte of another one shows. */
import { type Cipheriv, createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** Parts in which long bodies are made. */
const pieceBytes = 64 * 1024;

const zeros = Buffer.alloc(pieceBytes);

function keystream(name: string): Cipheriv {
  const key = createHash('sha256').update(name).digest();
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
}

/** The body of that name, part by part. */
export function* pieces(name: string, size: number): Generator<Buffer> {
  const stream = keystream(name);
  for (let left = size; left > 0; left -= pieceBytes)
    yield stream.update(zeros.subarray(0, Math.min(left, pieceBytes)));
}

/** The body of that name, whole. */
export function content(name: string, size: number): Buffer {
  return Buffer.concat([...pieces(name, size)]);
}

/** The same as a stream that makes no more than is taken. */
export function contentStream(name: string, size: number): Readable {
  return Readable.from(pieces(name, size), { objectMode: false });
}

/** SHA-256 of parts, in hexadecimal. */
export function hashOf(parts: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The same of parts as they come. */
export async function hashOfStream(parts: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of parts) hash.update(part);
  return hash.digest('hex');
}
