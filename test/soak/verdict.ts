/** What became of a request, by the bytes that its client got. */
import type { ReasonId } from '../../src/gate/reasons.ts';
import { fieldValues } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { content } from './content.ts';
import { isBeginning, type Ledger, markOf, nameOf, type Ticket } from './ledger.ts';

/** `broken`: an answer that is seen not to be whole; `closed`: the end, without a byte; else why the gate refused. */
export type Outcome = ReasonId | 'answered' | 'broken' | 'closed';

/** The reason in a refusal of the gate's; null in what is none. */
function reasonOf(response: RawResponse): ReasonId | null {
  if (!fieldValues(response, 'content-type').includes('application/problem+json')) return null;
  if (response.body.length === 0) return null;
  return (JSON.parse(response.body.toString()) as { reason: ReasonId }).reason;
}

function isRight(response: RawResponse, ticket: Ticket, toHead: boolean): boolean {
  const wanted = content(nameOf.down(ticket), toHead ? 0 : ticket.answerBytes);
  return fieldValues(response, 'x-soak').join() === markOf(ticket) && wanted.equals(response.body);
}

/** What came of a broken answer must be its own all the same; chunked, it still has its framing on. */
function isOwnBeginning(response: RawResponse, ticket: Ticket): boolean {
  const marks = fieldValues(response, 'x-soak');
  if (marks.length > 0 && marks.join() !== markOf(ticket)) return false;
  return fieldValues(response, 'content-length').length === 0 || isBeginning(response.body, nameOf.down(ticket));
}

/** Judges the final answer to a request, undefined when there is none; one that is another's is a breach. */
export function verdictOf(response: RawResponse | undefined, ticket: Ticket, ledger: Ledger, toHead: boolean): Outcome {
  if (response === undefined) return 'closed';
  if (!response.complete) {
    const own = response.status !== 200 || isOwnBeginning(response, ticket);
    ledger.expect(own, `request ${ticket.number} got the beginning of an answer that is not its own`);
    return 'broken';
  }
  if (response.status !== 200) {
    // An answer to HEAD has no body that could tell.
    return toHead ? ticketless(response.status) : (reasonOf(response) ?? unknown(response, ticket, ledger));
  }
  const right = isRight(response, ticket, toHead);
  ledger.expect(right, `request ${ticket.number} got an answer that is not its own: ${shown(response)}`);
  return 'answered';
}

const ofStatus: ReadonlyMap<number, Outcome> = new Map([
  [401, 'token-expired'],
  [408, 'request-timeout'],
  [429, 'token-key-awaited'],
  [502, 'hub-unreachable'],
  [503, 'keys-unavailable'],
  [504, 'hub-timeout'],
]);

function ticketless(status: number): Outcome {
  return ofStatus.get(status) ?? 'internal-error';
}

function unknown(response: RawResponse, ticket: Ticket, ledger: Ledger): Outcome {
  ledger.breach(`request ${ticket.number} got ${response.status} from nobody knows whom: ${shown(response)}`);
  return 'internal-error';
}

function shown({ raw }: RawResponse): string {
  return JSON.stringify(raw.toString('latin1', 0, 300));
}
