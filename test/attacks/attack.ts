/** What a row of the attack catalogue says: bytes that attack, and what becomes of them. */
import type { ReasonId } from '../../src/gate/reasons.ts';
import type { ConfigName } from '../contract/configs.ts';

/** What an attack comes in by: a request, a WebSocket handshake, or the file that the operator writes. */
export type Door = 'proxy' | 'websocket' | 'config';

/** Lines at the hub, in the order to stand there, as `test/contract/row.ts` writes them; and the body without its framing. */
export interface Canonical {
  readonly atHub: readonly string[];
  readonly payload?: string;
}

/** Refused with this reason and its status, nothing at the hub, and the connection closed where the reason says so. */
export interface Refused {
  readonly refused: ReasonId;
  /** The connection is closed, whatever the reason says. */
  readonly closes?: true;
}

/** Bytes from a client. */
export interface RequestSpelling {
  readonly name: string;
  /** `lab` when absent. */
  readonly config?: ConfigName;
  /** 127.0.0.1, an ingress, when absent. */
  readonly peer?: string;
  /** Request line and field lines, latin1, without line ends; `{alice}` stands for a token of the contract's. */
  readonly head: readonly string[];
  readonly content?: string;
  /** What stands in front of the head, latin1. */
  readonly before?: string;
  /** The head has no end: nothing follows its last line. */
  readonly unfinished?: true;
  /** Connections from these addresses are open beside it and say nothing. */
  readonly idle?: readonly string[];
  /** When absent: the proxy, and the WebSocket door too where the head becomes a handshake by lines of its own. */
  readonly doors?: readonly Door[];
  readonly expect: Canonical | Refused;
  /** Folded names that the audit line counts as spoofed, where the row says. */
  readonly counted?: readonly string[];
}

/** Bytes from the hub, or from code behind it that users write. */
export interface AnswerSpelling {
  readonly name: string;
  /** `lab` when absent. */
  readonly config?: ConfigName;
  /** Target of the request that is answered. */
  readonly target: string;
  /** Both when absent. */
  readonly doors?: readonly Door[];
  /** Field lines of a good answer, or every byte of a bad one. */
  readonly answer: readonly string[] | string;
  /** The client sees these field lines, beside the door's own; or 502 and nothing of the answer. */
  readonly seen: readonly string[] | 'refused' | 'one answer';
}

/** A config that would let an attack in. */
export interface ConfigSpelling {
  readonly name: string;
  readonly config: string;
  /** Where the problem is said, as `sso[0].proxies`; several with a comma and a space between. */
  readonly problemAt: string;
}

/** One way to write an attack. */
export type Spelling = RequestSpelling | AnswerSpelling | ConfigSpelling;

/** One row of the catalogue. */
export interface AttackRow {
  readonly id: string;
  readonly spellings: readonly Spelling[];
}

/** The doors that a spelling is played through. */
export function doorsOf(spelling: Spelling): readonly Door[] {
  if ('problemAt' in spelling) return ['config'];
  if (spelling.doors !== undefined) return spelling.doors;
  if ('answer' in spelling) return ['proxy', 'websocket'];
  const [requestLine = ''] = spelling.head;
  const handshakes = /^GET .* HTTP\/1\.1$/s.test(requestLine) && spelling.content === undefined;
  return handshakes ? ['proxy', 'websocket'] : ['proxy'];
}
