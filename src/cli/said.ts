/** How commands say things: JSON that a terminal does not obey, and mistakes of the command line. */
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** What a terminal, or the eye, takes for something else than what is there. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map(unit => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

/** A value as JSON over several lines, without anything that can not be seen. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(invisible, character =>
    character === '\n' ? character : escaped(character),
  );
}

/** What is said of a token or a file may hold their words. */
function onOneLine(message: string): string {
  return message.replace(invisible, escaped);
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
