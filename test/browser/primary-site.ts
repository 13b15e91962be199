/** A site that signs users in, by their name alone, and hands them over to the gate by a page of deploy/recipes/primary-site. */
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';

/** What a site is made with. */
export type PrimarySiteOptions = {
  readonly host: string;
  /** The gate with the hub's base URL, no trailing slash. */
  readonly hub: string;
  /** The page with the button that hands a user over. */
  readonly welcome: (user: string, next: string) => Promise<string>;
};

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => entities[character] ?? '');
}

/** As the recipe's server fills it in. */
const recipePage = readFileSync(new URL('../../deploy/recipes/primary-site/page.html', import.meta.url), 'utf8');

function signIn(next: string): string {
  return `<!doctype html><html lang="en"><title>The lab</title><h1>The lab</h1>
<form action="/welcome"><label>Who are you? <input name="user"></label>
<input type="hidden" name="next" value="${escaped(next)}"><button>Sign in</button></form>`;
}

function frameOf(path: string, { hub }: PrimarySiteOptions): string {
  return `<!doctype html><html lang="en"><title>The lab</title><h1>The lab, and the hub in it</h1>
<iframe src="${escaped(hub + path)}" width="1300" height="800" title="The hub"></iframe>`;
}

/** The recipe's page with a token that is made elsewhere. */
export function welcomePage(values: Readonly<Record<'user' | 'next' | 'hub' | 'token', string>>): string {
  const texts: Readonly<Record<string, string>> = values;
  return recipePage.replace(/\{(\w+)\}/g, (_, name: string) => escaped(texts[name] ?? ''));
}

/** What it answers. */
export function primarySite(options: PrimarySiteOptions): RequestListener {
  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', `https://${options.host}`);
    const next = searchParams.get('next') ?? '';
    const user = searchParams.get('user') ?? '';
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    if (pathname === '/frame') response.end(frameOf(searchParams.get('path') ?? '/', options));
    else response.end(pathname === '/welcome' ? await options.welcome(user, next) : signIn(next));
  };
}
