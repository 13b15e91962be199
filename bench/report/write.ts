/** Puts the results into files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../results.ts';
import { resultsTable } from './markdown.ts';

/** Writes JSON, Markdown and plot into the folder; gives the Markdown. */
export function writeResults(folder: string, results: Results): string {
  mkdirSync(folder, { recursive: true });
  const markdown = resultsTable(results);
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(folder, 'results.md'), markdown);
  return markdown;
}
