/** Where a token comes from: the standard input, so that it does not end up in the shell's history, or an argument. */
import { createReadStream } from 'node:fs';
import type { ProcessIo } from './process-io.ts';
import { UsageError } from './usage-error.ts';

/** Far more than any token or head. */
const mostBytes = 1024 * 1024;

async function readWhole(stream: NodeJS.ReadableStream, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > mostBytes) throw new UsageError(`${name} is larger than ${mostBytes} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

/** All of the standard input. */
export async function readStandardInput({ stdin, stderr }: ProcessIo): Promise<Buffer> {
  if (stdin === undefined) return Buffer.alloc(0);
  if (stdin.isTTY === true) stderr.write('reading from the terminal: end with Ctrl-D on a line of its own\n');
  return readWhole(stdin, 'the standard input');
}

/** All of a file that the command line names; what a shell puts in the place of one is a pipe. Rejects with the system's error. */
export function readNamedFile(file: string): Promise<Buffer> {
  return readWhole(createReadStream(file), file);
}

/** Less the newline that a file or `echo` ends it with. */
export function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** The token that was named, or the standard input's where none was or `-`, of which yargs makes an empty text. */
export async function readToken(named: string | undefined, io: ProcessIo): Promise<string> {
  if (named !== undefined && named !== '-' && named !== '') return named;
  return withoutNewline((await readStandardInput(io)).toString('latin1'));
}
