/** How commands say things: JSON that a terminal does not obey, and mistakes of the command line. */
import { visibleLines, visibleText } from '../http/visible-text.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** A value as JSON over several lines, without anything that can not be seen. */
export function jsonText(value: unknown): string {
  return visibleLines(JSON.stringify(value, null, 2));
}

/** What is said of a token or a file may hold their words. */
function onOneLine(message: string): string {
  return visibleText(message, Number.POSITIVE_INFINITY);
}

/** Says what is wrong with the command line. */
export function sayUsage(io: ProcessIo, message: string): number {
  io.stderr.write(`hubgate: ${onOneLine(message)}\nTry 'hubgate --help'.\n`);
  return exitCodes.usage;
}

/** Says what failed. */
export function sayFailed(io: ProcessIo, message: string): number {
  io.stderr.write(`hubgate: ${onOneLine(message)}\n`);
  return exitCodes.failed;
}
