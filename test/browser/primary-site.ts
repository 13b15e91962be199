/** A site that signs users in, by their name alone, and hands them over to the gate by a form. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from '../clients/certificates.ts';
import type { Teardown } from '../gates/lab.ts';

/** A running site. */
export type PrimarySite = {
  /** On 127.0.0.1, TLS. */
  readonly port: number;
};

/** What a site is made with. */
export type PrimarySiteOptions = {
  readonly host: string;
  /** Where its form leads, without the path's beginning: `https://hub.test/hubgate/session`. */
  readonly sessionUrl: string;
  readonly tokenFor: (user: string) => string;
};

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => entities[character] ?? '');
}

function page(body: string): string {
  return `<!doctype html><html lang="en"><title>The lab</title><h1>The lab</h1>${body}`;
}

function signIn(next: string): string {
  return page(
    `<form action="/welcome"><label>Who are you? <input name="user"></label>
<input type="hidden" name="next" value="${escaped(next)}"><button>Sign in</button></form>`,
  );
}

function welcome(user: string, next: string, { sessionUrl, tokenFor }: PrimarySiteOptions): string {
  return page(
    `<p>Hello ${escaped(user)}</p><form method="post" action="${escaped(sessionUrl)}">
<input type="hidden" name="token" value="${escaped(tokenFor(user))}">
<input type="hidden" name="next" value="${escaped(next)}"><button>Open the hub</button></form>`,
  );
}

/** Starts it; the test's end stops it. */
export async function startPrimarySite(t: Teardown, options: PrimarySiteOptions): Promise<PrimarySite> {
  const server = createServer(makeCertificate({ names: [options.host] }), (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', `https://${options.host}`);
    const next = searchParams.get('next') ?? '';
    const user = searchParams.get('user') ?? '';
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    response.end(pathname === '/welcome' ? welcome(user, next, options) : signIn(next));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { port: (server.address() as AddressInfo).port };
}
