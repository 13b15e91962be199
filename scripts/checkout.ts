/** Where the checkout is: every script works from its root, wherever it was started. */
import { join } from 'node:path';

/** Absolute path of the checkout's root folder. */
export const checkoutRoot: string = join(import.meta.dirname, '..');

/** Absolute path of a program that `npm ci` installed. */
export function installedProgram(name: string): string {
  return join(checkoutRoot, 'node_modules', '.bin', name);
}
