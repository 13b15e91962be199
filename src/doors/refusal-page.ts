/** The page that a browser shows when the gate refuses: self-contained, readable in light and dark, nothing loaded from anywhere. */
import { createHash } from 'node:crypto';
import { wordsFor } from './page-words.ts';

/** What the page says; all of it is escaped on the way in. */
export interface RefusalPage {
  readonly status: number;
  /** For whoever runs the hub. */
  readonly help: string;
  /** Empty: the paragraph is left out. */
  readonly detail: string;
  readonly reason: string;
  readonly requestId: string;
  /** Where the words lead that name it; empty: they are no link. */
  readonly startPage: string;
}

const style = `:root{color-scheme:light dark;--ink:#1f2328;--soft:#4d5560;--back:#f3f5f7;--paper:#ffffff;--line:#d0d7de;--mark:#b35900;--link:#0b57b0}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a9b3bd;--back:#0d1117;--paper:#161b22;--line:#3a424c;--mark:#f0a45d;--link:#7db7ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:start center;background:var(--back);color:var(--ink);font:1.0625rem/1.6 system-ui,sans-serif}
main{width:min(40rem,100% - 2rem);margin:clamp(1rem,12vh,8rem) 0 2rem;padding:clamp(1.25rem,5vw,2.5rem);background:var(--paper);border:1px solid var(--line);border-top:.3rem solid var(--mark);border-radius:.5rem}
h1{margin:0 0 1rem;font-size:1.75rem;line-height:1.25;text-wrap:balance}
h2{margin:0 0 .5rem;font-size:.9375rem;color:var(--ink)}
p{margin:0 0 1rem;overflow-wrap:anywhere}
main>p:last-child{margin:0}
a{color:var(--link)}
a:focus-visible{outline:.15rem solid var(--mark);outline-offset:.2rem}
section{margin-top:2rem;padding-top:1.25rem;border-top:1px solid var(--line);color:var(--soft);font-size:.9375rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}
dd{margin:0;font-family:ui-monospace,monospace;overflow-wrap:anywhere}
@media (max-width:26rem){dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .5rem}}`;

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

/** Where a page leads. */
export interface PageLink {
  readonly text: string;
  readonly href: string;
}

/** A page that says something and refuses nothing. */
export function writeNotice(title: string, paragraphs: readonly string[], { text, href }: PageLink): string {
  const said = paragraphs.map(paragraph => `<p>${escapeHtml(paragraph)}</p>\n`).join('');
  return pageOf(title, `${said}<p><a href="${escapeHtml(href)}">${escapeHtml(text)}</a></p>`);
}

/** What a visitor can do, with the way there. */
function paragraph(text: string, startPage: string): string {
  const link = `<a href="${escapeHtml(startPage)}">start page</a>`;
  return `<p>${startPage === '' ? escapeHtml(text) : escapeHtml(text).replace('start page', () => link)}</p>`;
}

/** Writes the page. */
export function writePage({ status, help, detail, reason, requestId, startPage }: RefusalPage): string {
  const { title, text } = wordsFor(reason, status);
  const more = detail === '' ? '' : `<dt>Detail</dt><dd>${escapeHtml(detail)}</dd>\n`;
  return pageOf(
    title,
    `${paragraph(text, startPage)}
<section aria-labelledby="operators">
<h2 id="operators">For whoever runs this hub</h2>
<p>${escapeHtml(help)}</p>
<dl>
${more}<dt>Reason</dt><dd>${escapeHtml(reason)} (${status})</dd>
<dt>Request</dt><dd>${escapeHtml(requestId)}</dd>
</dl>
</section>`,
  );
}
