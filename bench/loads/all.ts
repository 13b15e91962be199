/** All loads, in the order in which they are played. */
import type { Load } from './load.ts';
import { repeated } from './repeated.ts';
import { varying } from './varying.ts';

/** The loads. */
export const allLoads: readonly Load[] = [repeated, varying];
