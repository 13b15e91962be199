/** The list of all rows, and of what of them waits for a feature. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One class of attacks. */
export interface CatalogueRow {
  readonly id: string;
  readonly title: string;
  /** What the gate does about it. */
  readonly behaviour: string;
  /** Tests that hold it beside its spellings, or in their place where it is no bytes of a client. */
  readonly heldBy?: readonly string[];
}

/** What is not held yet. */
export interface LaterEntry {
  /** A row's id, or `every`. */
  readonly row: string;
  readonly spelling: string;
  /** The feature that is not built yet. */
  readonly waitsFor: string;
}

function rowsOf<Row>(file: string): readonly Row[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Row[];
}

/** In the order of the families. */
export const catalogue: readonly CatalogueRow[] = rowsOf('catalogue.json');

/** Each entry goes with the feature that it waits for. */
export const later: readonly LaterEntry[] = rowsOf('later.json');
