/** Every row that is played. */
import type { AttackRow } from '../attack.ts';
import { carriedTokenRows } from './carried-tokens.ts';
import { forgedTokenRows } from './forged-tokens.ts';
import { headerRows } from './h.ts';
import { tokenRows } from './j.ts';
import { hubRows } from './m.ts';
import { pathRows } from './p.ts';
import { answerRows } from './r.ts';
import { surroundingRows } from './s.ts';
import { signedTokenRows } from './signed-tokens.ts';
import { trustRows } from './t.ts';

/** Rows by the file that holds them. */
export const attackFiles: Readonly<Record<string, readonly AttackRow[]>> = {
  'h.ts': headerRows,
  'p.ts': pathRows,
  't.ts': trustRows,
  'forged-tokens.ts': forgedTokenRows,
  'signed-tokens.ts': signedTokenRows,
  'carried-tokens.ts': carriedTokenRows,
  'j.ts': tokenRows,
  'r.ts': answerRows,
  's.ts': surroundingRows,
  'm.ts': hubRows,
};

/** All of them. */
export const attackRows: readonly AttackRow[] = Object.values(attackFiles).flat();
