import type { Frame } from '../lab-traffic/recorder/browser.ts';

/** What a frame has before anything has come. */
const beginnings: ReadonlySet<string> = new Set(['', ':', 'about:blank']);

/** Where a frame has come to: a page that may not be framed ends on an error, and that is told later than the page around it. */
export async function addressOf(frame: Frame): Promise<string> {
  while (beginnings.has(frame.url())) await frame.page().evaluate('new Promise(requestAnimationFrame)');
  return frame.url();
}
