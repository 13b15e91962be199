/** A real Chromium whose only world is the sign-in proxy; the one file that knows playwright. */
import { type BrowserContext, chromium, type Page } from 'playwright-core';

export type { Page } from 'playwright-core';

/** A browser of one user. */
export type Browser = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What pages wrote to the console as errors, and exceptions of theirs, with the page's URL. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
};

const patienceMs = 60_000;

const executablePath = '/usr/bin/chromium';
const quietly = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A Chromium whose only world is this machine. */
export type Browsers = {
  /** A page in a fresh profile, which sends these headers with every request. */
  readonly openPage: (headers?: Readonly<Record<string, string>>) => Promise<Page>;
  readonly close: () => Promise<void>;
};

/** Hosts that answer https on 443, `*.` in front for all below one; the port each of them has on 127.0.0.1. */
export type Hosts = Readonly<Record<string, number>>;

function resolverRules(hosts: Hosts): string {
  const here = Object.entries(hosts).map(([host, port]) => `MAP ${host}:443 127.0.0.1:${port}`);
  return `--host-resolver-rules=${[...here, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'].join(',')}`;
}

/** Starts it. Pages that are left wait whole for the back button, as they do for people. */
export async function openBrowsers(hosts: Hosts = {}): Promise<Browsers> {
  const browser = await chromium.launch({
    executablePath,
    args: [...quietly, resolverRules(hosts)],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  return {
    async openPage(extraHTTPHeaders = {}) {
      const context = await browser.newContext({
        extraHTTPHeaders,
        ignoreHTTPSErrors: true,
        viewport: { width: 1400, height: 900 },
      });
      // Work that is not saved must keep nobody on a page.
      context.on('dialog', dialog => void dialog.accept());
      context.setDefaultTimeout(patienceMs);
      return context.newPage();
    },
    close: () => browser.close(),
  };
}

/** Starts it with a fresh profile; `host` on port 443 is the proxy, and nothing else can be reached. */
export async function startBrowser(host: string, proxyPort: number): Promise<Browser> {
  const chromiumBrowser = await chromium.launch({
    executablePath,
    args: [...quietly, resolverRules({ [host]: proxyPort })],
  });
  const context = await chromiumBrowser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1400, height: 900 },
    baseURL: `https://${host}`,
  });
  context.setDefaultTimeout(patienceMs);
  // Work that is not saved must keep nobody on a page.
  context.on('dialog', dialog => void dialog.accept());
  const complaints: string[] = [];
  context.on('console', message => {
    if (message.type() === 'error') complaints.push(`${message.page()?.url()}: ${message.text()}`);
  });
  context.on('weberror', error => complaints.push(`${error.page()?.url()}: ${error.error().message}`));
  return { page: await context.newPage(), context, complaints, close: () => chromiumBrowser.close() };
}
