/** Plays users' days in front of a real hub with JupyterLab, and shows what their browsers sent. */
import { join } from 'node:path';
import { startGateHere } from '../../gates/gate-here.ts';
import { makeLab } from '../../gates/lab.ts';
import { labHost, labTrafficConfig } from '../world.ts';
import { type Browser, type Page, startBrowser } from './browser.ts';
import { administrator, startLabHub } from './lab-hub.ts';
import { type SeenRequest, startSignInProxy } from './sign-in-proxy.ts';
import {
  administer,
  arrive,
  handleTokens,
  leaveHub,
  startNamedServer,
  stopServers,
  visitService,
} from './visit-hub.ts';
import {
  changeSettings,
  declineNews,
  handleFiles,
  leaveLab,
  moveFiles,
  runNotebook,
  useTerminal,
  wait,
} from './visit-lab.ts';

/** What a day left behind. */
export type Day = {
  /** Audit lines of refusals. */
  readonly refusals: readonly string[];
  /** Errors in the browsers' consoles. */
  readonly complaints: readonly string[];
};

/** How a day is played. */
export type DayOptions = {
  /** The hub's cookies are `__Host-` ones, which browsers send on every path. */
  readonly hostCookies: boolean;
  /** Where a picture of every step's end is put. */
  readonly pictures: string | undefined;
  readonly onStep: (name: string) => void;
  readonly onRequest: (request: SeenRequest) => void;
};

type Step = readonly [name: string, play: (page: Page) => Promise<void>];

const administratorsDay: readonly Step[] = [
  ['arrive', arrive],
  ['decline-news', declineNews],
  ['files', handleFiles],
  ['notebook', runNotebook],
  ['terminal', useTerminal],
  ['move-files', moveFiles],
  ['settings', changeSettings],
  ['wait', wait],
  ['tokens', handleTokens],
  ['named-server', page => startNamedServer(page, administrator)],
  ['administer', administer],
  ['service', visitService],
  ['stop-servers', stopServers],
  ['leave', leaveHub],
];

const usersDay: readonly Step[] = [
  ['arrive', arrive],
  ['decline-news', declineNews],
  ['service', visitService],
  ['arrive-again', arrive],
  ['leave', leaveLab],
];

/** What is left to end, latest first. */
class Ends {
  readonly #runs: (() => void | Promise<void>)[] = [];

  teardown(run: () => void | Promise<void>): void {
    this.#runs.unshift(run);
  }

  async end(): Promise<void> {
    for (const run of this.#runs) await run();
  }
}

async function play(browser: Browser, user: string, steps: readonly Step[], options: DayOptions): Promise<void> {
  for (const [name, step] of steps) {
    const title = `${options.hostCookies ? 'host' : 'plain'}-${user}-${name}`;
    options.onStep(title);
    try {
      await step(browser.page);
    } finally {
      if (options.pictures !== undefined) {
        await browser.page.screenshot({ path: join(options.pictures, `${title}.png`) });
      }
    }
  }
}

/** Starts everything, plays the administrator's day and then a user's, and ends everything. */
export async function recordDay(options: DayOptions): Promise<Day> {
  const ends = new Ends();
  try {
    const hub = await startLabHub(ends, options.hostCookies);
    const gate = await startGateHere(ends, makeLab(ends).write('proxy.yaml', labTrafficConfig(hub.url)));
    const complaints: string[] = [];
    for (const [user, steps] of [
      [administrator, administratorsDay],
      ['bob', usersDay],
    ] as const) {
      const { onRequest } = options;
      const proxy = await startSignInProxy({ gatePort: gate.port, user, host: labHost, onRequest });
      ends.teardown(proxy.close);
      const browser = await startBrowser(labHost, proxy.port);
      ends.teardown(browser.close);
      await play(browser, user, steps, options);
      complaints.push(...browser.complaints);
    }
    const refusals = gate
      .output()
      .split('\n')
      .filter(line => line.includes('"decision":"refuse"'));
    return { refusals, complaints };
  } finally {
    await ends.end();
  }
}
