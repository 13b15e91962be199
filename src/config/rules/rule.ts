/** What a rule across keys is: a pure look at what could be read. */
import type { Config } from '../config.ts';
import type { Finding } from '../problems.ts';

/** Gives what is wrong; a part that could not be read is `undefined` and has been reported. */
export type Rule = (config: Partial<Config>) => readonly Finding[];
