/** What a rule across keys is: a pure look at what could be read. */
import type { Finding } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';

/** Gives what is wrong; a part that could not be read is `undefined` and has been reported. */
export type Rule = (config: ReadableConfig) => readonly Finding[];
