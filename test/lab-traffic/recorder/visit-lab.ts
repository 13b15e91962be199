/** What a user does in JupyterLab. */
import type { Page } from './browser.ts';

/** As much of the application as its page shows us. */
type Lab = {
  readonly restored: Promise<unknown>;
  readonly commands: { execute(id: string, args?: unknown): Promise<unknown> };
  readonly serviceManager: { readonly contents: Contents };
};

type Contents = {
  newUntitled(options: object): Promise<{ path: string }>;
  save(path: string, model: object): Promise<unknown>;
  rename(from: string, to: string): Promise<unknown>;
  get(path: string): Promise<unknown>;
  copy(from: string, toFolder: string): Promise<{ path: string }>;
  delete(path: string): Promise<unknown>;
  createCheckpoint(path: string): Promise<{ id: string }>;
  restoreCheckpoint(path: string, checkpoint: string): Promise<unknown>;
};

/** The page's, where the functions given to `evaluate` run. */
declare const window: { readonly jupyterapp?: Lab };

const arrivalPatienceMs = 180_000;

/** Waits until JupyterLab stands there. */
export async function untilLab(page: Page): Promise<void> {
  await page.waitForURL(/\/user\/.*\/lab/, { timeout: arrivalPatienceMs });
  await page.waitForFunction(() => window.jupyterapp !== undefined, undefined, { timeout: arrivalPatienceMs });
  await page.evaluate(() => window.jupyterapp?.restored);
  await page.locator('#jp-main-dock-panel').waitFor();
}

/** Runs a command of the application, as its menus do, and waits for its end. */
export async function command(page: Page, id: string, args: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await page.evaluate(async given => void (await window.jupyterapp?.commands.execute(given.id, given.args)), {
    id,
    args,
  });
}

/** The question about news, which a first visit shows. */
export async function declineNews(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'No', exact: true }).click();
}

const oddNames = [
  'a b',
  'a%2Fb',
  'é',
  '#',
  '+',
  ';',
  'a%b',
  '日本 ?&=',
  "it's (1) [2] {3}",
  'a\\b',
  '@~!$*,',
  '%C3%A9 %25',
];

/** Makes, writes, renames, reads, copies and deletes files and folders of odd names. */
export async function handleFiles(page: Page): Promise<void> {
  // jupyter-server answers 404 to the list of a folder where a file is renamed meanwhile: another folder is looked at.
  await page.evaluate(() => window.jupyterapp?.serviceManager.contents.newUntitled({ type: 'directory' }));
  await command(page, 'filebrowser:open-path', { path: 'Untitled Folder' });
  await page.evaluate(async names => {
    const contents = window.jupyterapp?.serviceManager.contents;
    if (contents === undefined) throw new Error('no JupyterLab');
    for (const name of names) {
      const file = await contents.newUntitled({ type: 'file', ext: '.txt' });
      await contents.save(file.path, { type: 'file', format: 'text', content: name });
      await contents.rename(file.path, `${name}.txt`);
      const { id } = await contents.createCheckpoint(`${name}.txt`);
      await contents.restoreCheckpoint(`${name}.txt`, id);
      const folder = await contents.newUntitled({ type: 'directory' });
      await contents.rename(folder.path, name);
      const inner = await contents.newUntitled({ path: name, type: 'file', ext: '.md' });
      await contents.get(inner.path);
      await contents.delete((await contents.copy(inner.path, name)).path);
    }
  }, oddNames);
  for (const name of oddNames) {
    await command(page, 'filebrowser:open-path', { path: name });
    await command(page, 'docmanager:open', { path: `${name}.txt` });
  }
  await command(page, 'application:close-all');
  await command(page, 'filebrowser:open-path', { path: 'a b' });
}

/** A notebook in a folder: 1+1 in a kernel, saved under an odd name, restarted and run again. */
export async function runNotebook(page: Page): Promise<void> {
  await command(page, 'notebook:create-new', { kernelName: 'python3', cwd: 'a b' });
  await page.getByText('Python 3 (ipykernel) | Idle').first().waitFor();
  await page.locator('.jp-Notebook .jp-Cell .cm-content').first().click();
  await page.keyboard.type('1+1');
  await page.keyboard.press('Shift+Enter');
  const output = page.locator('.jp-OutputArea-executeResult', { hasText: '2' }).first();
  await output.waitFor();
  const saved = command(page, 'docmanager:save');
  await page.locator('.jp-Dialog input[type=text], .jp-Dialog .jp-mod-styled').first().fill('Rätsel #1+1;%.ipynb');
  await page.getByRole('button', { name: 'Rename and Save' }).click();
  await saved;
  await page.keyboard.press('Control+Space');
  await command(page, 'notebook:run-all-cells');
  await output.waitFor();
  await command(page, 'docmanager:save');
}

/** A terminal that says 42. */
export async function useTerminal(page: Page): Promise<void> {
  const opened = page.waitForEvent('websocket', socket => socket.url().includes('/terminals/websocket/'));
  await command(page, 'terminal:create-new');
  const socket = await opened;
  const answered = socket.waitForEvent('framereceived', ({ payload }) => payload.toString().includes('41+1=42'));
  await page.locator('.jp-Terminal .xterm').click();
  await page.keyboard.type('echo 41+1=$((41+1))\n');
  await answered;
}

/** Bytes of the large file: JupyterLab sends it in pieces of 1 MiB. */
const largeFile = 2_500_000;

/** Files go up by the file browser's button and come down again. */
export async function moveFiles(page: Page): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page
    .getByRole('button', { name: /Upload/ })
    .first()
    .click();
  await (await chooser).setFiles([
    { name: 'größe #1+2.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(largeFile, 7) },
    { name: 'small;.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') },
  ]);
  await page.locator('.jp-DirListing-item', { hasText: 'small;' }).waitFor();
  await page.locator('.jp-DirListing-item', { hasText: 'größe' }).click();
  const download = page.waitForEvent('download');
  await command(page, 'filebrowser:download');
  const failure = await (await download).failure();
  if (failure !== null) throw new Error(`the download failed: ${failure}`);
  await command(page, 'docmanager:open', { path: 'a b/small;.csv' });
}

/** Another theme and font size, the settings' page, the list of extensions, licences, a second workspace. */
export async function changeSettings(page: Page): Promise<void> {
  await command(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
  await command(page, 'apputils:incr-font-size', { key: 'code-font-size' });
  await command(page, 'settingeditor:open');
  await page.locator('.jp-PluginList, .jp-SettingsPanel').first().waitFor();
  const listed = page.waitForResponse(response => response.url().includes('/lab/api/extensions'));
  await command(page, 'extensionmanager:show-panel');
  await listed;
  await page.locator('.jp-extensionmanager-disclaimer-enable').click();
  await page
    .getByPlaceholder(/search/i)
    .last()
    .fill('git hub & co');
  await command(page, 'help:licenses');
  await page.locator('.jp-Licenses').first().waitFor();
  const here = new URL(page.url());
  await page.goto(`${here.pathname.replace(/\/lab.*/, '/lab')}/workspaces/auto-k`);
  await untilLab(page);
}

/** Two looks at the lists of what runs, which the page fetches by itself. */
export async function wait(page: Page): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    await page.waitForResponse(response => response.url().includes('/api/sessions?'));
    await page.waitForResponse(response => response.url().includes('/api/kernels?'));
  }
}

/** The answer of the login page, to which every logout leads. */
export async function untilLogin(page: Page): Promise<void> {
  await page.waitForResponse(response => new URL(response.url()).pathname === '/hub/login');
}

/** Leaves by JupyterLab's own menu. */
export async function leaveLab(page: Page): Promise<void> {
  const login = untilLogin(page);
  await page.evaluate(() => void window.jupyterapp?.commands.execute('hub:logout'));
  await login;
}
