/** The page that a browser shows when the gate refuses: self-contained, readable in light and dark, nothing loaded from anywhere. */
import { createHash } from 'node:crypto';

/** What the page says; all of it is escaped on the way in. */
export interface RefusalPage {
  readonly status: number;
  readonly title: string;
  readonly help: string;
  /** Empty: the paragraph is left out. */
  readonly detail: string;
  readonly reason: string;
  readonly requestId: string;
}

const style = `:root{color-scheme:light dark;--ink:#1f2328;--soft:#57606a;--paper:#ffffff;--line:#d0d7de;--mark:#b35900}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--paper:#0d1117;--line:#30363d;--mark:#f0a45d}}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 system-ui,sans-serif}
main{max-width:38rem;margin:12vh auto;padding:0 1.5rem}
h1{margin:0 0 1rem;font-size:1.75rem;line-height:1.25;border-left:.3rem solid var(--mark);padding-left:.8rem}
p{margin:0 0 1rem}
.detail,dl{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:2rem 0 0;padding-top:1rem;border-top:1px solid var(--line);font-size:.9375rem}
dd{margin:0;font-family:ui-monospace,monospace;overflow-wrap:anywhere}`;

const ownStyle = createHash('sha256').update(style).digest('base64');

/** Allows the page its own style and nothing else: no script, no form, and no frame around it but those of these sites (CSP Level 3 §2.3.1). */
export function pagePolicy(frames: readonly string[] | null = null): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${ownStyle}'`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frames === null ? "'none'" : frames.join(' ')}`,
  ].join('; ');
}

/** What a visitor, who runs neither hub nor gate, can make of a status. */
const forVisitors: ReadonlyMap<number, string> = new Map([
  [400, 'Your browser sent something that could not be passed on safely. Go back to the start page and try again.'],
  [401, 'The hub does not know who you are yet, or your sign-in has run out. Sign in again and come back.'],
  [403, 'This request is not let through. Go back to the start page, or sign in as another user.'],
  [404, 'There is no page at this address.'],
  [405, 'This address can not be used in that way.'],
  [408, 'The request took too long to arrive. Try again.'],
  [411, 'Your browser did not say how much it sends.'],
  [413, 'What you sent is too large.'],
  [414, 'The address is too long.'],
  [421, 'This server does not answer under the name in your address bar.'],
  [
    429,
    'Too much is open or under way for you at the same time. Close what you do not need, wait a moment and try again.',
  ],
  [431, 'Your browser sent too many or too large cookies. Delete the cookies of this site and try again.'],
  [500, 'Something went wrong here, and it is not your fault.'],
  [501, 'This server does not speak the protocol that your browser asked for.'],
  [502, 'The hub is not answering at the moment. Try again in a minute.'],
  [503, 'The hub can not be entered at the moment. Try again in a minute.'],
  [504, 'The hub took too long to answer. Try again in a minute.'],
]);

const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Text as it stands in an element or an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities.get(character) ?? '');
}

/** A whole page; `content` is HTML already. */
function pageOf(title: string, content: string): string {
  const shown = escapeHtml(title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${shown}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${shown}</h1>
${content}
</main>
</body>
</html>
`;
}

/** A page that says something and refuses nothing. */
export function writeNotice(title: string, paragraphs: readonly string[]): string {
  return pageOf(title, paragraphs.map(paragraph => `<p>${escapeHtml(paragraph)}</p>`).join('\n'));
}

/** Writes the page. */
export function writePage(page: RefusalPage): string {
  const detail = page.detail === '' ? '' : `<p class="detail">${escapeHtml(page.detail)}</p>\n`;
  return pageOf(
    page.title,
    `<p>${escapeHtml(forVisitors.get(page.status) ?? 'This request can not be served.')}</p>
<p>${escapeHtml(page.help)}</p>
${detail}<p>If it stays so, tell whoever runs this hub the two lines below.</p>
<dl>
<dt>Reason</dt><dd>${escapeHtml(page.reason)} (${page.status})</dd>
<dt>Request</dt><dd>${escapeHtml(page.requestId)}</dd>
</dl>`,
  );
}
