/** Keeps book of every request of a soak: who sent it, what may become of it, and every promise that was broken. */
import { hashOf, pieces } from './content.ts';

/** One request, from before it is sent. */
export type Ticket = {
  readonly number: number;
  /** Who asks. */
  readonly user: string;
  /** It goes to the hub's login. */
  readonly login: boolean;
  /** The hub must be told of the user; otherwise it must be told of nobody. */
  readonly named: boolean;
  /** The gate must keep it from the hub. */
  readonly refused: boolean;
  /** Bytes of the body; null: the client breaks off, so the hub must never see it whole. */
  readonly bodyBytes: number | null;
  /** Bytes of the hub's answer. */
  readonly answerBytes: number;
  /** How long the hub thinks, where it is late. */
  readonly thinkMs: number;
  /** How often it came to the hub. */
  arrivals: number;
};

/** Name of the content that goes up with a request, and of the one that comes down. */
export const nameOf = {
  up: ({ number }: Ticket): string => `up ${number}`,
  down: ({ number, user }: Ticket): string => `down ${number} for ${user}`,
} as const;

/** X-Soak of the answer. */
export const markOf = ({ number, user }: Ticket): string => `${number} ${user}`;

const mostShown = 20;

/** The book. */
export class Ledger {
  /** The first broken promises, in words. */
  readonly broken: string[] = [];
  brokenCount = 0;
  /** What was done, and what came of it. */
  readonly counts: Map<string, number> = new Map();
  readonly #tickets: Map<number, Ticket> = new Map();
  readonly #namesAll: boolean;
  #last = 0;

  /** `namesAll`: every request carries the identity header, not the login alone. */
  constructor({ namesAll = false }: { readonly namesAll?: boolean } = {}) {
    this.#namesAll = namesAll;
  }

  /** Opens a ticket; a plain request of nobody in particular where nothing is said. */
  open(more: Partial<Omit<Ticket, 'number' | 'named' | 'arrivals'>> = {}): Ticket {
    this.#last += 1;
    const plain = { user: '', login: false, refused: false, bodyBytes: 0, answerBytes: 0, thinkMs: 0 };
    const named = this.#namesAll || more.login === true;
    const ticket: Ticket = { ...plain, ...more, named, number: this.#last, arrivals: 0 };
    this.#tickets.set(ticket.number, ticket);
    return ticket;
  }

  find(number: number): Ticket | undefined {
    return this.#tickets.get(number);
  }

  /** All that was under way is over. */
  forgetTickets(): void {
    this.#tickets.clear();
  }

  breach(what: string): void {
    this.brokenCount += 1;
    if (this.broken.length < mostShown) this.broken.push(what);
  }

  /** Breached unless it holds. */
  expect(holds: boolean, what: string): void {
    if (!holds) this.breach(what);
  }

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  counted(what: string): number {
    return this.counts.get(what) ?? 0;
  }
}

/** Whether these bytes are the first ones of the content of that name. */
export function isBeginning(bytes: Buffer, name: string): boolean {
  return hashOf([bytes]) === hashOf(pieces(name, bytes.length));
}
