/** What is done on a page that shows JupyterLab, and asked of it. */
import type { Page } from '../lab-traffic/recorder/browser.ts';
import { command } from '../lab-traffic/recorder/visit-lab.ts';

/** A file as the server has it. */
export type HeldFile = { readonly size: number; readonly hash: string };

type Contents = {
  save(path: string, model: object): Promise<unknown>;
  get(path: string, options: object): Promise<HeldFile>;
};

type FileBrowserModel = {
  readonly uploadChanged: { connect(slot: (model: unknown, change: { readonly name: string }) => void): void };
};

/** The page's, where the functions given to `evaluate` run. */
declare const window: {
  readonly jupyterapp: {
    readonly serviceManager: { readonly contents: Contents };
    readonly shell: { widgets(area: 'left'): Iterable<{ readonly id: string; readonly model: FileBrowserModel }> };
  };
  readonly socketEvents: readonly SocketEvent[];
  readonly history: { readonly length: number };
};
declare const document: { readonly readyState: string; readonly documentElement: { readonly outerHTML: string } };

/** A text file in the user's home. */
export async function makeNote(page: Page, name: string): Promise<void> {
  await page.evaluate(async path => {
    const { contents } = window.jupyterapp.serviceManager;
    await contents.save(path, { type: 'file', format: 'text', content: 'nothing' });
  }, name);
}

/** Opens a notebook with a kernel. */
export async function openNotebook(page: Page): Promise<void> {
  await command(page, 'notebook:create-new', { kernelName: 'python3' });
  await page.getByText('Python 3 (ipykernel) | Idle').first().waitFor();
}

/** Runs code in the notebook's next cell. */
export async function typeCell(page: Page, code: string): Promise<void> {
  await page.locator('.jp-Notebook .jp-Cell .cm-content').last().click();
  await page.keyboard.type(code);
  await page.keyboard.press('Shift+Enter');
}

/** Runs code in the notebook's next cell, and gives the result that is shown, once it begins with that. */
export async function runCell(page: Page, code: string, begin: string): Promise<string | null> {
  await typeCell(page, code);
  const results = page.locator('.jp-OutputArea-executeResult .jp-OutputArea-output');
  return results.filter({ hasText: begin }).last().textContent();
}

function uploadFinished(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>(resolve => {
        const browser = [...window.jupyterapp.shell.widgets('left')].find(({ id }) => id === 'filebrowser');
        browser?.model.uploadChanged.connect((_model, { name }) => {
          if (name === 'finish') resolve();
        });
      }),
  );
}

/** Sends a file up by the file browser's button, and gives what the server has of it once all of it is there. */
export async function upload(page: Page, name: string, buffer: Buffer): Promise<HeldFile> {
  const finished = uploadFinished(page);
  const chooser = page.waitForEvent('filechooser');
  await page
    .getByRole('button', { name: /Upload/ })
    .first()
    .click();
  await (await chooser).setFiles({ name, mimeType: 'application/octet-stream', buffer });
  await page.locator('.jp-Dialog').getByRole('button', { name: 'Upload' }).click();
  await finished;
  return page.evaluate(
    path => window.jupyterapp.serviceManager.contents.get(path, { content: false, hash: true }),
    name,
  );
}

/** What the server answers when JupyterLab asks for the files of the user's home. */
export function homeStatus(page: Page): Promise<number> {
  return page.evaluate(() =>
    window.jupyterapp.serviceManager.contents.get('', { content: true }).then(
      () => 200,
      (error: { response: { status: number } }) => error.response.status,
    ),
  );
}

/** How many pages the browser remembers of this tab. */
export function historyLength(page: Page): Promise<number> {
  return page.evaluate(() => window.history.length);
}

/** Goes to the page before, and gives what stands there: a page that the browser has kept whole comes without a `load`. */
export async function goBack(page: Page): Promise<string> {
  await page.goBack({ waitUntil: 'commit' });
  const shown = await page.waitForFunction(
    () => document.readyState === 'complete' && document.documentElement.outerHTML,
  );
  return String(await shown.jsonValue());
}

/** JupyterLab's own way out. */
export async function leaveByMenu(page: Page): Promise<void> {
  await page.getByRole('menuitem', { name: 'File', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Log Out' }).click();
}

/** What became of a WebSocket: opened, or how it was closed. */
export type SocketEvent = { readonly url: string; readonly code: 'open' | number; readonly reason: string };

/** From the next page on, pages of this browser keep what becomes of their WebSockets. */
export async function watchSockets(page: Page): Promise<void> {
  await page.context().addInitScript(`{
    const Real = WebSocket;
    window.socketEvents = [];
    window.WebSocket = class extends Real {
      constructor(url, protocols) {
        super(url, protocols);
        this.addEventListener('open', () => socketEvents.push({ url, code: 'open', reason: '' }));
        this.addEventListener('close', ({ code, reason }) => socketEvents.push({ url, code, reason }));
      }
    };
  }`);
}

/** Waits until a WebSocket whose URL holds that text was closed so, or the latest of them is open. */
export async function socketEvent(page: Page, part: string, code: SocketEvent['code']): Promise<SocketEvent> {
  const found = await page.waitForFunction(
    wanted => {
      const latest = window.socketEvents.findLast(({ url }) => url.includes(wanted.part));
      return wanted.code === 'open'
        ? latest?.code === 'open' && latest
        : window.socketEvents.find(event => event.url.includes(wanted.part) && event.code === wanted.code);
    },
    { part, code },
  );
  return (await found.jsonValue()) as SocketEvent;
}

/** What became of the page's WebSockets so far. */
export function socketEvents(page: Page): Promise<readonly SocketEvent[]> {
  return page.evaluate(() => window.socketEvents);
}
