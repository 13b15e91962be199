/** Accessibility of a page as axe-core sees it; the one file that knows it. */
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from '../lab-traffic/recorder/browser.ts';

const { source } = createRequire(import.meta.url)('axe-core') as { readonly source: string };

/** What axe finds, violations and what it can not decide, as `rule: element`. Scripts of the page's own are not needed. */
export async function lookWithAxe(page: Page): Promise<{ readonly passed: number; readonly found: readonly string[] }> {
  // By the debugger, which a Content-Security-Policy does not stop.
  await page.evaluate(source);
  const { passes, violations, incomplete } = (await page.evaluate('axe.run()')) as AxeResults;
  const found = [...violations, ...incomplete].flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  return { passed: passes.length, found };
}
