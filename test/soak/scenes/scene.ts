/** What every scene of the soak plays with. */
import { Caller, type Heard, type Wanted } from '../caller.ts';
import type { Chance } from '../chance.ts';
import type { Ledger, Ticket } from '../ledger.ts';
import { type Outcome, verdictOf } from '../verdict.ts';

/** Tokens, made before the run. */
export type Credentials = {
  readonly users: readonly string[];
  readonly good: ReadonlyMap<string, string>;
  readonly expired: readonly string[];
  readonly forged: readonly string[];
};

/** Where a scene plays. */
export type Stage = {
  readonly port: number;
  readonly chance: Chance;
  readonly ledger: Ledger;
  readonly credentials: Credentials;
  /** The gate is about to end: nobody need be answered any more. */
  readonly isEnding: () => boolean;
};

/** One thing that a client does. */
export type Scene = {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  readonly play: (stage: Stage) => Promise<void>;
};

/** `limits.headerTimeout` of the gate. */
export const headerTimeoutMs = 2000;

const addresses = Array.from({ length: 8 }, (_, at) => `127.0.0.${at + 2}`);

/** A connection from one of the clients' addresses, none of which is a trusted proxy's; null when the gate is ending. */
export async function dial({ port, chance, ledger, isEnding }: Stage): Promise<Caller | null> {
  const caller = await Caller.dial(port, chance.pick(addresses));
  ledger.expect(caller !== null || isEnding(), 'the gate takes no connection');
  if (caller !== null) ledger.count('connections');
  return caller;
}

/** What is counted of them. */
export const metClosed = 'met a closed hub connection';

/** Unlucky requests met a connection that the hub closed at that moment; each close can spoil one. */
const unlucky: Outcome = 'hub-unreachable';

/** What a gate that is ending may do to anybody. */
const endings: ReadonlySet<Outcome> = new Set(['closed', 'broken']);

/** What may become of a request, in which scene; `sent` is its first line, to be found by. */
export type Expected = {
  readonly may: readonly Outcome[];
  readonly toHead?: boolean;
  readonly scene: string;
  readonly sent?: string;
};

/** Judges an answer, and counts it; one that may not be is a breach. */
export function settle(
  { ledger, isEnding }: Stage,
  ticket: Ticket,
  response: Heard['answers'][number] | undefined,
  { may, toHead = false, scene, sent }: Expected,
): Outcome {
  const outcome = verdictOf(response, ticket, ledger, toHead);
  ledger.count(`${scene}: ${outcome}`);
  if (may.includes(outcome) || (isEnding() && endings.has(outcome))) return outcome;
  if (outcome === unlucky) ledger.count(metClosed);
  else
    ledger.breach(
      `${scene}, request ${ticket.number} (${sent ?? ticket.user}): ${outcome} instead of ${may.join(' or ')}`,
    );
  return outcome;
}

/** Asks once on a connection of its own. */
export async function askOnce(stage: Stage, bytes: string | Buffer, wanted: Wanted = {}): Promise<Heard | null> {
  const caller = await dial(stage);
  if (caller === null) return null;
  const heard = await caller.ask(bytes, wanted);
  stage.ledger.expect(caller.fault === null, caller.fault ?? '');
  caller.leave();
  return heard;
}
