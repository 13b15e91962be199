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

const patienceMs = 120_000;

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

/** Starts it. */
export async function openBrowsers(): Promise<Browsers> {
  const browser = await chromium.launch({
    executablePath,
    args: [...quietly, '--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE 127.0.0.1'],
  });
  return {
    async openPage(extraHTTPHeaders = {}) {
      const context = await browser.newContext({ extraHTTPHeaders });
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
    args: [
      ...quietly,
      `--host-resolver-rules=MAP ${host}:443 127.0.0.1:${proxyPort},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1`,
    ],
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
