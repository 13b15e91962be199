/** A real Chromium whose only world is the sign-in proxy; the one file that knows playwright. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

export type { Frame, Page } from 'playwright-core';

/** A browser of one user. */
export type Browser = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What pages wrote to the console as errors, and exceptions of theirs, with the page's URL. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
};

const patienceMs = 60_000;
const viewport = { width: 1400, height: 900 };

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

/** Pages that are left wait whole for the back button, as they do for people. */
const ignoreDefaultArgs = ['--disable-back-forward-cache'];

function settleIn(context: BrowserContext): void {
  // Work that is not saved must keep nobody on a page.
  context.on('dialog', dialog => void dialog.accept());
  context.setDefaultTimeout(patienceMs);
}

/** Starts it. */
export async function openBrowsers(hosts: Hosts = {}): Promise<Browsers> {
  const browser = await chromium.launch({
    executablePath,
    args: [...quietly, resolverRules(hosts)],
    ignoreDefaultArgs,
  });
  return {
    async openPage(extraHTTPHeaders = {}) {
      const context = await browser.newContext({
        extraHTTPHeaders,
        ignoreHTTPSErrors: true,
        viewport,
      });
      settleIn(context);
      return context.newPage();
    },
    close: () => browser.close(),
  };
}

/** Whether pages in frames of other sites have the cookies and the storage that the browser keeps for them, or only what is that site's and theirs. */
export type ThirdParties = 'allowed' | 'blocked';

/** Starts it with a profile in that folder, which all pages share, and that setting for third parties. */
export async function openProfile(hosts: Hosts, folder: string, thirdParties: ThirdParties): Promise<Browsers> {
  mkdirSync(join(folder, 'Default'), { recursive: true });
  const preferences = { profile: { cookie_controls_mode: thirdParties === 'blocked' ? 1 : 0 } };
  writeFileSync(join(folder, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    args: [...quietly, resolverRules(hosts)],
    ignoreDefaultArgs,
    ignoreHTTPSErrors: true,
    viewport,
  });
  settleIn(context);
  return { openPage: () => context.newPage(), close: () => context.close() };
}

/** Starts it with a fresh profile; `host` on port 443 is the proxy, and nothing else can be reached. */
export async function startBrowser(host: string, proxyPort: number): Promise<Browser> {
  const chromiumBrowser = await chromium.launch({
    executablePath,
    args: [...quietly, resolverRules({ [host]: proxyPort })],
  });
  const context = await chromiumBrowser.newContext({
    ignoreHTTPSErrors: true,
    viewport,
    baseURL: `https://${host}`,
  });
  settleIn(context);
  const complaints: string[] = [];
  context.on('console', message => {
    if (message.type() === 'error') complaints.push(`${message.page()?.url()}: ${message.text()}`);
  });
  context.on('weberror', error => complaints.push(`${error.page()?.url()}: ${error.error().message}`));
  return { page: await context.newPage(), context, complaints, close: () => chromiumBrowser.close() };
}
