/** Plays all rows, and says row by row and door by door how many spellings are held. */
import { isDeepStrictEqual } from 'node:util';
import type { Arena } from './arena.ts';
import { type AttackRow, type Door, doorsOf, type Spelling } from './attack.ts';
import type { CatalogueRow, LaterEntry } from './catalogue.ts';

/** One spelling by one door. */
export interface Play {
  readonly row: string;
  readonly spelling: string;
  readonly door: Door;
  readonly held: boolean;
  /** What came, and what should have. */
  readonly outcome: object;
}

async function play(arena: Arena, row: string, spelling: Spelling, door: Door): Promise<Play> {
  const known = { row, spelling: spelling.name, door };
  try {
    const outcome = await arena.play(spelling, door);
    return { ...known, held: isDeepStrictEqual(outcome.got, outcome.wanted), outcome };
  } catch (error) {
    return { ...known, held: false, outcome: { got: error instanceof Error ? error.message : error } };
  }
}

/** Every spelling by every door that it has, one after the other: they share a hub. */
export async function playAll(arena: Arena, rows: readonly AttackRow[]): Promise<readonly Play[]> {
  const plays: Play[] = [];
  for (const { id, spellings } of rows) {
    for (const spelling of spellings) {
      for (const door of doorsOf(spelling)) plays.push(await play(arena, id, spelling, door));
    }
  }
  return plays;
}

const doors: readonly Door[] = ['proxy', 'websocket', 'config'];

function counted(plays: readonly Play[]): string {
  return plays.length === 0 ? '-' : `${plays.filter(({ held }) => held).length}/${plays.length}`;
}

function line(id: string, title: string, cells: readonly string[]): string {
  return `${id.padEnd(5)} ${cells.map(cell => cell.padStart(10)).join(' ')}  ${title}`;
}

function cellsOf(plays: readonly Play[]): string[] {
  return doors.map(door => counted(plays.filter(each => each.door === door)));
}

/** The table, what is not held, and what waits. */
export function heldReport(
  plays: readonly Play[],
  catalogue: readonly CatalogueRow[],
  later: readonly LaterEntry[],
): string {
  const broken = plays.filter(({ held }) => !held);
  return [
    line('row', 'spellings held, of all', doors),
    ...catalogue.map(({ id, title }) => line(id, title, cellsOf(plays.filter(({ row }) => row === id)))),
    line('all', '', cellsOf(plays)),
    '',
    ...broken.map(
      ({ row, spelling, door, outcome }) => `NOT HELD ${row}, ${spelling}, by ${door}: ${JSON.stringify(outcome)}`,
    ),
    ...catalogue.flatMap(({ id, heldBy = [] }) =>
      heldBy.map(file => `${id} is held by ${file} too, which npm test runs`),
    ),
    ...later.map(({ row, spelling, waitsFor }) => `later ${row}: ${spelling} (waits for ${waitsFor})`),
    '',
    `${rowsHeld(plays)} rows held in every spelling and door, ${new Set(broken.map(({ row }) => row)).size} not`,
    '',
  ].join('\n');
}

function rowsHeld(plays: readonly Play[]): number {
  const broken = new Set(plays.filter(({ held }) => !held).map(({ row }) => row));
  return new Set(plays.map(({ row }) => row).filter(row => !broken.has(row))).size;
}
