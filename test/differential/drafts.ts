/** A request in pieces, each of which can be bent before they are put together. All text is latin1. */
import { proofOf } from './world.ts';

/** The pieces in wire order. */
export interface Draft {
  /** Stands before the request line. */
  readonly lead: string;
  readonly method: string;
  readonly beforeTarget: string;
  readonly target: string;
  readonly beforeVersion: string;
  readonly version: string;
  /** Field lines without their ends. */
  readonly lines: readonly string[];
  /** Ends every line of the head. */
  readonly lineEnd: string;
  /** Ends the head. */
  readonly headEnd: string;
  /** With its framing. */
  readonly body: string;
}

/** Host and proof, as lines. */
export const provenLines: readonly string[] = proofOf('alice').split('\r\n').slice(0, -1);

/** A request that nobody can misread. */
export const plainDraft: Draft = {
  lead: '',
  method: 'GET',
  beforeTarget: ' ',
  target: '/x',
  beforeVersion: ' ',
  version: 'HTTP/1.1',
  lines: provenLines,
  lineEnd: '\r\n',
  headEnd: '\r\n',
  body: '',
};

/** What looks like a request of somebody else, for bodies to hold. */
export const smuggled: string = `GET /smuggled HTTP/1.1\r\n${proofOf('mallory')}\r\n`;

/** Puts the pieces together. */
export function written(draft: Draft): string {
  const { lead, method, beforeTarget, target, beforeVersion, version, lines, lineEnd, headEnd, body } = draft;
  const first = `${lead}${method}${beforeTarget}${target}${beforeVersion}${version}`;
  return [first, ...lines].map(line => line + lineEnd).join('') + headEnd + body;
}
