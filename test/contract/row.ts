/** What a row of the contract says: bytes in, and the gate's whole word on them. */

import type { GateCall } from '../../src/gate/calls.ts';
import type { ReasonId } from '../../src/gate/reasons.ts';
import type { ConfigName } from './configs.ts';

/** What becomes of a request. */
export type Expectation =
  | { readonly refuse: ReasonId; readonly status: number }
  /** One of the gate's own endpoints answers; played through `decide()`. */
  | { readonly answer: GateCall['call'] }
  | {
      /** Request line without version, then every field in the order to send; `{forwarding ADDRESS}` is the whole family. */
      readonly forward: readonly string[];
      readonly protocol?: 'websocket';
      readonly body?: 'stream' | 'measure';
    };

/** Where a row can be played. */
export type Stage =
  | { readonly onlyDecide?: never; readonly wireAnswers?: never }
  /** Through `decide()` alone; says why sockets can not play it. */
  | { readonly onlyDecide: string; readonly wireAnswers?: never }
  /** Through sockets alone: the wire finds no request to decide on, and the doors answer with this status. */
  | { readonly onlyDecide?: never; readonly wireAnswers: number };

/** One request. */
export type RequestRow = Stage & {
  /** The rule that it holds, with its row of the attack catalogue or its advisory. */
  readonly title: string;
  /** `lab` when absent. */
  readonly config?: ConfigName;
  /** 127.0.0.1 when absent; `unix` for a Unix socket. */
  readonly peer?: string;
  /** Whom the connection's PROXY header names, `nobody` for null; absent: there was none. */
  readonly source?: string;
  /** Request line and field lines, latin1, without line ends; `{alice}` stands for a token of `tokens.ts`. */
  readonly head: readonly string[];
  readonly content?: string;
  readonly expect: Expectation;
  /** Folded names that the audit trail counts as spoofed, where the row says. */
  readonly spoofed?: readonly string[];
};

/** One answer of the hub. */
export interface AnswerRow {
  readonly title: string;
  /** `lab` when absent. */
  readonly config?: ConfigName;
  /** Target of the request that it answers. */
  readonly target: string;
  /** Field lines of that request behind Host; alice's token when absent. */
  readonly fields?: readonly string[];
  readonly answer: readonly string[];
  readonly expect: readonly string[];
}
