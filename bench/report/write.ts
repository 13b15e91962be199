/** Puts results into files, and takes them out again. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { joined, type Results } from '../results.ts';
import { resultsTable } from './markdown.ts';
import { performancePage } from './page.ts';
import { costPlot } from './plot.ts';

/** Writes JSON, Markdown and plot into the folder; gives the Markdown. */
export function writeResults(folder: string, results: Results): string {
  mkdirSync(folder, { recursive: true });
  const markdown = resultsTable(results);
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(folder, 'results.md'), markdown);
  writeFileSync(join(folder, 'plot.svg'), costPlot(results));
  return markdown;
}

/** Writes the page and its plot into the folder, from files that `writeResults` wrote. */
export function writePage(resultsFiles: readonly string[], folder: string): void {
  const results = joined(resultsFiles.map(file => JSON.parse(readFileSync(file, 'utf8')) as Results));
  const page = performancePage(results);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'performance.md'), page);
  writeFileSync(join(folder, 'performance.svg'), costPlot(results));
}
