/**
 * The libraries of expressions, loaded with the first expression: a policy without one is spared their 4 MB. The only file that
 * imports them; the bundle has them inside and runs them as late (scripts/bundle.ts).
 */
import { createRequire } from 'node:module';

export type { Environment } from '@marcbachmann/cel-js';

const require = createRequire(import.meta.url);

/** CEL. */
export function celLibrary(): typeof import('@marcbachmann/cel-js') {
  return require('@marcbachmann/cel-js');
}

/** Regular expressions in linear time. */
export function re2Library(): typeof import('re2js') {
  return require('re2js');
}
