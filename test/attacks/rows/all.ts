/** Every row that is played. */
import type { AttackRow } from '../attack.ts';
import { headerRows } from './h.ts';

/** Rows by family. */
export const attackFamilies: Readonly<Record<string, readonly AttackRow[]>> = { H: headerRows };
