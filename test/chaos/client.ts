/** One of the clients of the chaos: it keeps its connection for as long as it can, and knows which answers are its own. */
import { setTimeout as pause } from 'node:timers/promises';
import { fieldValues } from '../clients/raw-client.ts';
import type { Caller, Heard, Wanted } from '../soak/caller.ts';
import { content } from '../soak/content.ts';
import { nameOf, type Ticket } from '../soak/ledger.ts';
import { lies, requestLies } from '../soak/lies.ts';
import { anybody, anyRequest, framed, headOf, smallRequest, targetOf, type Written } from '../soak/scenes/request.ts';
import { dial, type Stage, settle } from '../soak/scenes/scene.ts';
import type { Outcome } from '../soak/verdict.ts';

const mostThoughtMs = 300;
const mostPipelined = 5;

/** What may become of any request while the hub comes and goes. */
const visible: readonly Outcome[] = ['hub-unreachable', 'hub-timeout', 'broken'];
const anything: readonly Outcome[] = ['answered', ...visible];
/** An issuer whose keys have turned, or can not be had. */
const keyless: readonly Outcome[] = ['token-key-unknown', 'token-key-awaited', 'keys-unavailable'];

const goodActs = ['answer', 'answer', 'answer', 'hinted', 'hinted often', 'late', 'close-behind'];

/** What a client does, and how often beside the others. */
const steps = { one: 60, pipelined: 10, liedTo: 20, silence: 2, aborted: 8, brokenUpload: 4, forged: 3 } as const;
type Step = keyof typeof steps;
const drawn = (Object.keys(steps) as Step[]).flatMap(step => Array.from({ length: steps[step] }, () => step));

const firstLine = (bytes: Buffer): string => bytes.toString('latin1', 0, bytes.indexOf('\r\n'));

/** Such a client. */
export class ChaosClient {
  readonly #stage: Stage;
  readonly #may: readonly Outcome[];
  #caller: Caller | null = null;

  /** `keysTurn`: its issuer is one whose keys are not always there. */
  constructor(stage: Stage, keysTurn: boolean) {
    this.#stage = stage;
    this.#may = keysTurn ? [...anything, ...keyless] : anything;
  }

  async play(isOver: () => boolean): Promise<void> {
    const { chance, ledger, isEnding } = this.#stage;
    while (!isOver()) {
      await pause(chance.below(mostThoughtMs));
      // A gate that takes nobody any more is not called without end.
      if (isEnding()) await pause(mostThoughtMs);
      const step = chance.pick(drawn);
      try {
        await this[step]();
        ledger.count('steps');
      } catch (error) {
        ledger.breach(`${step}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        this.leave();
      }
    }
  }

  leave(): void {
    this.#caller?.leave();
    this.#caller = null;
  }

  /** The connection that is kept, or another one; null when the gate is ending. */
  async #connected(): Promise<Caller | null> {
    const kept = this.#caller;
    if (kept !== null && !kept.closed) return kept;
    const { ledger, isEnding } = this.#stage;
    ledger.expect(kept === null || isEnding(), 'a kept connection was closed between requests');
    this.leave();
    this.#caller = await dial(this.#stage);
    return this.#caller;
  }

  /** A connection that has ended, or is about to, is let go of. */
  #keep(caller: Caller, { answers, closed }: Heard): void {
    const { ledger } = this.#stage;
    ledger.expect(caller.fault === null, caller.fault ?? '');
    const ends = closed || caller.fault !== null;
    if (ends || answers.some(answer => fieldValues(answer, 'connection').includes('close'))) this.leave();
  }

  /** Asks on the kept connection; null when there is none to be had. */
  async #ask(all: readonly Written[], wanted: Wanted = {}): Promise<Heard | null> {
    const caller = await this.#connected();
    if (caller === null) return null;
    const heard = await caller.ask(Buffer.concat(all.map(({ bytes }) => bytes)), { ...wanted, answers: all.length });
    this.#keep(caller, heard);
    this.#stage.ledger.expect(heard.answers.length <= all.length, 'more answers than requests');
    return heard;
  }

  async #askOne(written: Written, scene: string, may: readonly Outcome[]): Promise<Outcome | null> {
    const { ticket, bytes, head: toHead } = written;
    const heard = await this.#ask([written], { head: toHead });
    if (heard === null) return null;
    return settle(this.#stage, ticket, heard.answers[0], { may, toHead, scene, sent: firstLine(bytes) });
  }

  /** Whether a plain request is answered, as it must be by a hub that is well. */
  async isServed(): Promise<boolean> {
    return (await this.#askOne(smallRequest(this.#stage), 'calm', this.#may)) === 'answered';
  }

  async one(): Promise<void> {
    const written = anyRequest(this.#stage, goodActs);
    // What is wrong with a token shows to HEAD by the status alone.
    const may = written.head ? [...this.#may, 'token-expired' as const] : this.#may;
    await this.#askOne(written, 'one', may);
  }

  async pipelined(): Promise<void> {
    const { chance, ledger } = this.#stage;
    const all = Array.from({ length: chance.between(2, mostPipelined) }, () => smallRequest(this.#stage));
    const heard = await this.#ask(all);
    if (heard === null) return;
    const ended = heard.answers.findIndex(
      answer => !answer.complete || fieldValues(answer, 'connection').includes('close'),
    );
    for (const [at, { ticket, bytes }] of all.entries()) {
      if (ended !== -1 && at > ended) ledger.count('pipelined: behind one that broke');
      else
        settle(this.#stage, ticket, heard.answers[at], { may: this.#may, scene: 'pipelined', sent: firstLine(bytes) });
    }
  }

  #request(act: string, ticket: Ticket, token: string, method = 'GET'): Written {
    const head = headOf(method, targetOf(ticket, act), token, method === 'GET' ? '' : 'Content-Length: 0\r\n');
    return { ticket, bytes: Buffer.from(`${head}\r\n`), head: false };
  }

  /** Also to requests that must not be repeated: the hub has done them before it fails. */
  async liedTo(): Promise<void> {
    const { chance, ledger } = this.#stage;
    const name = chance.pick(requestLies);
    const { user, token } = anybody(this.#stage);
    const ticket = ledger.open({ user, answerBytes: chance.between(10, 40_000) });
    const written = this.#request(name, ticket, token, chance.pick(['GET', 'POST', 'DELETE', 'PUT']));
    const may = [...(lies.get(name)?.outcomes ?? []), ...this.#may.filter(outcome => outcome !== 'answered')];
    await this.#askOne(written, `hub says ${name}`, may);
  }

  async silence(): Promise<void> {
    const { user, token } = anybody(this.#stage);
    const ticket = this.#stage.ledger.open({ user });
    const may = this.#may.filter(outcome => outcome !== 'answered');
    await this.#askOne(this.#request('stall', ticket, token), 'silence', may);
  }

  /** Goes while it is being answered, or before. */
  async aborted(): Promise<void> {
    const { chance } = this.#stage;
    const { ticket, bytes, head: toHead } = anyRequest(this.#stage, goodActs);
    const caller = await this.#connected();
    if (caller === null) return;
    const hearing = caller.hear({ head: toHead });
    caller.send(bytes);
    await pause(chance.below(40));
    chance.pick([() => caller.leave(), () => caller.reset()])();
    const heard = await hearing;
    const may = [...this.#may, 'closed' as const, 'token-expired' as const];
    settle(this.#stage, ticket, heard.answers[0], { may, toHead, scene: 'aborted', sent: firstLine(bytes) });
    this.leave();
  }

  /** Breaks off within its body, which the hub must never see whole. */
  async brokenUpload(): Promise<void> {
    const { chance, ledger } = this.#stage;
    const { user, token } = anybody(this.#stage);
    const ticket = ledger.open({ user, bodyBytes: null });
    const body = content(nameOf.up(ticket), chance.between(100, 100_000));
    const { fields, bytes } = framed(body, chance.pick(['length', 'chunked']), chance);
    const head = headOf(chance.pick(['POST', 'PUT', 'DELETE']), targetOf(ticket, 'answer'), token, fields);
    const caller = await this.#connected();
    if (caller === null) return;
    const hearing = caller.hear({ untilClosed: true });
    caller.send(Buffer.concat([Buffer.from(`${head}\r\n`), bytes.subarray(0, chance.below(bytes.length - 1))]));
    await pause(chance.below(20));
    chance.pick([() => caller.leave(), () => caller.reset()])();
    await hearing;
    ledger.count('broken upload');
    this.leave();
  }

  /** A token that nobody signed who may. */
  async forged(): Promise<void> {
    const { chance, ledger, credentials } = this.#stage;
    const ticket = ledger.open({ user: 'nobody', refused: true });
    const written = this.#request('answer', ticket, chance.pick(credentials.forged));
    await this.#askOne(written, 'forged', ['token-signature']);
  }
}
