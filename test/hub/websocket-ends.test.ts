/** Whose right to a real server ends early loses its open WebSockets within a second, and what comes next; a neighbour keeps all. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import { type BrowserResponse, BrowserSession } from '../clients/browser-session.ts';
import { type KernelChannel, openKernel } from '../clients/kernel-client.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { until } from '../reload/stand/stand.ts';
import { startHub } from './setup/hub.ts';
import { startServer } from './setup/user-server.ts';

const origin = `http://${publicHost}`;
const site = 'https://www.test';
const mostMs = 1000;
const patienceMs = 15_000;
/** From a changed file to the config in force. */
const mostToForceMs = 1000;

type World = {
  readonly lab: Lab;
  readonly gate: GateHere;
  /** Writes the config anew, which the gate then takes by itself. */
  readonly reconfigure: (more?: WrittenConfig) => string;
};

async function openWorld(t: Test): Promise<World> {
  const hub = await startHub(t, 'remote-user-authenticator', { singleuser: 'real' });
  const lab = makeLab(t);
  lab.write('session-key', randomBytes(32).toString('hex'));
  lab.write('revoked', '# nobody\n');
  const target = { url: hub.url, authenticator: 'jhub_remote_user_authenticator.RemoteUserAuthenticator' };
  const session = { keyFiles: ['session-key'], handoff: { origins: [site] }, dangerouslyInsecureCookies: true };
  const reconfigure = (more: WrittenConfig = {}): string =>
    lab.write('proxy.yaml', labConfig(target, { sso: [], session, revocation: { file: 'revoked' }, ...more }));
  return { lab, gate: await startGateHere(t, reconfigure()), reconfigure };
}

const tokenOf = (lab: Lab, user: string): string => lab.token(user, { sub: `of-${user}` });

/** Somebody with a browser, a program beside it, and what both have open on their own real server. */
class Visitor {
  readonly user: string;
  readonly browser: BrowserSession;
  readonly #world: World;
  #kernelPath = '';
  #terminalPath = '';

  constructor(world: World, user: string) {
    this.user = user;
    this.browser = new BrowserSession({ port: world.gate.port, origin });
    this.#world = world;
  }

  /** Comes from the primary site. */
  async enter(): Promise<string> {
    const { lab } = this.#world;
    const body = new URLSearchParams({ token: tokenOf(lab, this.user), next: '/hub/home' }).toString();
    const headers = {
      Origin: site,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'cross-site',
    };
    const { status, path } = await this.browser.open('/hubgate/session', { method: 'POST', headers, body });
    for (const value of this.browser.cookies.values()) lab.secrets.add(value);
    return `${status} ${path}`;
  }

  page(): Promise<BrowserResponse> {
    return this.browser.open(`/user/${this.user}/api/status`, { follow: false });
  }

  /** Starts the server, a kernel and a terminal. */
  async begin(): Promise<void> {
    const base = `/user/${this.user}`;
    await startServer(this.browser, this.user);
    await this.browser.open(`${base}/files/none`);
    const make = async (what: string, body: object): Promise<Record<string, string>> => {
      const { status, body: made } = await this.browser.post(`${base}/api/${what}`, JSON.stringify(body));
      if (status !== 200 && status !== 201) throw new Error(`${status} ${made}`);
      return JSON.parse(made) as Record<string, string>;
    };
    this.#kernelPath = `${base}/api/kernels/${(await make('kernels', { name: 'python3' }))['id']}/channels`;
    this.#terminalPath = `${base}/terminals/websocket/${(await make('terminals', {}))['name']}`;
  }

  #headers(path: string, proof: Readonly<Record<string, string>>): Record<string, string> {
    return { Host: publicHost, Origin: origin, Cookie: this.browser.cookies.header(path), ...proof };
  }

  async interrupt(): Promise<void> {
    const { status } = await this.browser.post(this.#kernelPath.replace('channels', 'interrupt'), '');
    if (status !== 204) throw new Error(`the kernel is not interrupted: ${status}`);
  }

  kernel(proof: Readonly<Record<string, string>> = {}): Promise<KernelChannel> {
    const path = this.#kernelPath;
    return openKernel({ port: this.#world.gate.port, path, headers: this.#headers(path, proof) });
  }

  /** A shell that has answered. */
  async terminal(proof: Readonly<Record<string, string>> = {}): Promise<WebSocket> {
    const path = this.#terminalPath;
    const url = `ws://127.0.0.1:${this.#world.gate.port}${path}`;
    const socket = new WebSocket(url, { headers: this.#headers(path, proof) });
    await once(socket, 'open');
    await echoes(socket);
    return socket;
  }
}

/** Waits until messages have said that, which need not be in one of them. */
function hears(socket: WebSocket, words: string, textOf = (data: Buffer): string => data.toString()): Promise<void> {
  const heard = Promise.withResolvers<void>();
  let said = '';
  const onMessage = (data: Buffer): void => {
    said += textOf(data);
    if (said.includes(words)) heard.resolve();
  };
  const onClose = (code: number): void => heard.reject(new Error(`closed with ${code} before it said ${words}`));
  socket.on('message', onMessage).on('close', onClose);
  return heard.promise.finally(() => socket.off('message', onMessage).off('close', onClose));
}

/** What a terminal shows. */
function shown(data: Buffer): string {
  const [kind, text = ''] = JSON.parse(data.toString()) as [kind: string, text?: string];
  return kind === 'stdout' ? text : '';
}

/** Runs something in a terminal's shell, and waits for what it prints: the sum is not in what was typed. */
function echoes(socket: WebSocket): Promise<void> {
  const answered = hears(socket, 'is 1764', shown);
  socket.send(JSON.stringify(['stdin', 'echo is $((42*42))\r']));
  return answered;
}

type Closed = { readonly said: string; readonly at: number };

async function closing(socket: WebSocket): Promise<Closed> {
  const [code, reason] = (await once(socket, 'close', { signal: AbortSignal.timeout(patienceMs) })) as [number, Buffer];
  return { said: `${code} ${reason.toString()}`, at: Date.now() };
}

/** When generations came into force as the gate's log has it, in milliseconds since the epoch; its first is that of the start. */
function inForce({ gate }: World): number[] {
  const said = gate.output().matchAll(/"time":"([^"]+)"[^\n]*"msg":"config in force"/g);
  return Array.from(said, ([, time = '']) => Date.parse(time));
}

/** The moment from which the next config is in force, after what makes it so; the log is written a little later than that. */
async function takesEffect(world: World, change: () => void): Promise<number> {
  const before = inForce(world).length;
  change();
  const seen = await until(
    async () => inForce(world),
    ({ length }) => length > before,
  );
  return seen[before] ?? Number.NaN;
}

type Cause = {
  readonly title: string;
  /** What WebSockets that were opened by the session are closed with, and those by a token. */
  readonly reasons: readonly [bySession: string, byToken: string];
  /** Gives the moment since when nobody was to be in any more. */
  readonly end: (world: World, alice: Visitor) => Promise<number>;
  /** What the next request of the user, and one with a token of theirs, are answered with. */
  readonly next: readonly [browser: number, program: number];
  readonly undo: (world: World) => Promise<unknown>;
};

const logout = (how: (alice: Visitor) => Promise<unknown>): Pick<Cause, 'reasons' | 'end' | 'next' | 'undo'> => ({
  reasons: ['logged-out', 'logged-out'],
  async end(_world, alice) {
    const begin = Date.now();
    await how(alice);
    return begin;
  },
  next: [401, 403],
  undo: async () => undefined,
});

const causes: readonly Cause[] = [
  { title: 'a logout at the gate', ...logout(({ browser }) => browser.post('/hubgate/logout', '')) },
  { title: 'a logout at the hub', ...logout(({ browser }) => browser.open('/hub/logout')) },
  {
    title: 'a revocation of the token',
    reasons: ['session-expired', 'token-revoked'],
    end: world => takesEffect(world, () => void world.lab.write('revoked', 'sub * of-alice\n')),
    next: [401, 401],
    undo: world => takesEffect(world, () => void world.lab.write('revoked', '# nobody\n')),
  },
  {
    title: 'a reload that denies the user',
    reasons: ['not-allowed', 'not-allowed'],
    end: world => takesEffect(world, () => void world.reconfigure({ user: { deny: { users: ['alice'] } } })),
    next: [403, 403],
    undo: world => takesEffect(world, () => void world.reconfigure()),
  },
];

/** Until somebody interrupts it. */
const longCell = `
kept += 1
print("be" + "gun")
try: time.sleep(3600)
except KeyboardInterrupt: pass
`;

test('a right that ends early', async t => {
  const world = await openWorld(t);
  const [alice, bob] = [new Visitor(world, 'alice'), new Visitor(world, 'bob')];
  const proof = { Authorization: `Bearer ${tokenOf(world.lab, 'alice')}` };
  for (const visitor of [alice, bob]) {
    t.equal(await visitor.enter(), '200 /hub/home');
    await visitor.begin();
  }
  const neighbours = { kernel: await bob.kernel(), terminal: await bob.terminal() };
  const first = await alice.kernel();
  t.match(await first.execute('import time; kept = 0'), { status: 'ok' });
  await first.close();

  for (const [place, { title, reasons, end, next, undo }] of causes.entries())
    await t.test(title, async t => {
      const kernel = await alice.kernel();
      const ofProgram = await alice.kernel(proof);
      const bySession = [kernel.socket, await alice.terminal()];
      const byToken = [ofProgram.socket, await alice.terminal(proof)];
      const closings = Promise.all([...bySession, ...byToken].map(closing));
      const begun = hears(kernel.socket, 'begun');
      const cut = t.rejects(kernel.execute(longCell), /closed with 1008/, 'a cell is under way');
      await begun;
      const changed = Date.now();
      const due = await end(world, alice);
      const closed = await closings;
      t.strictSame(
        closed.map(({ said }) => said),
        [reasons[0], ...reasons, reasons[1]].map(reason => `1008 ${reason}`),
      );
      const last = Math.max(...closed.map(({ at }) => at));
      t.comment(`${title}: the last of four WebSockets was closed ${last - due} ms later`);
      t.ok(last >= due && last - due <= mostMs, `${last - due} ms`);
      t.ok(last - changed <= mostMs + mostToForceMs, `${last - changed} ms after what an operator or a user did`);
      await cut;
      const program = await alice.browser.open('/user/alice/api/status', { headers: proof, follow: false });
      t.equal((await alice.page()).status, next[0], 'the next request by the session');
      t.equal(program.status, next[1], 'and with a token');
      await t.rejects(alice.kernel(), new RegExp(String(next[0])), 'nor is a WebSocket opened again');
      t.equal((await bob.page()).status, 200);
      t.match(await neighbours.kernel.execute('6 * 7'), { status: 'ok', result: '42' }, "another's kernel");
      await echoes(neighbours.terminal);

      await undo(world);
      t.equal(await alice.enter(), '200 /hub/home', 'whoever may come again');
      const again = await alice.browser.open('/user/alice/files/none');
      t.equal(again.status, 404, again.journey.join(', '));
      await alice.interrupt();
      const back = await alice.kernel();
      t.match(await back.execute('kept'), { result: `${place + 1}` }, 'finds the kernel as it was');
      await back.close();
    });
  neighbours.terminal.terminate();
  await neighbours.kernel.close();
  await world.gate.stop();
  for (const reason of new Set(causes.flatMap(({ reasons }) => reasons)))
    t.match(
      world.gate.output(),
      new RegExp(`"door":"websocket"[^\\n]*"reason":"${reason}"`),
      'the audit trail says why',
    );
  assertNothingLeaked(t, world.gate.output(), world.lab.secrets);
});
