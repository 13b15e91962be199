/** Every row that is played. */
import type { AttackRow } from '../attack.ts';
import { headerRows } from './h.ts';
import { tokenRows } from './j.ts';
import { hubRows } from './m.ts';
import { pathRows } from './p.ts';
import { answerRows } from './r.ts';
import { surroundingRows } from './s.ts';
import { trustRows } from './t.ts';

/** Rows by family. */
export const attackFamilies: Readonly<Record<string, readonly AttackRow[]>> = {
  H: headerRows,
  P: pathRows,
  T: trustRows,
  J: tokenRows,
  R: answerRows,
  S: surroundingRows,
  M: hubRows,
};
