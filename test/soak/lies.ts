/** What a bad hub says, and how much of it a client may get to see. */
import { content } from './content.ts';
import { markOf, nameOf, type Ticket } from './ledger.ts';
import type { Outcome } from './verdict.ts';

/** Bytes instead of an answer. */
export type Lie = {
  readonly bytes: (ticket: Ticket) => Buffer;
  readonly afterwards: 'stay' | 'close' | 'reset';
  /** What may become of the request. */
  readonly outcomes: readonly Outcome[];
};

const invalid: readonly Outcome[] = ['hub-answer-invalid', 'broken'];
const gone: readonly Outcome[] = ['hub-unreachable', 'broken'];

function text(bytes: string, afterwards: Lie['afterwards'] = 'stay', outcomes: readonly Outcome[] = invalid): Lie {
  return { bytes: () => Buffer.from(bytes, 'latin1'), afterwards, outcomes };
}

function goodAnswer(ticket: Ticket, part = 1): Buffer {
  const head = `HTTP/1.1 200 OK\r\nX-Soak: ${markOf(ticket)}\r\nContent-Length: ${ticket.answerBytes}\r\n\r\n`;
  const body = content(nameOf.down(ticket), Math.floor(ticket.answerBytes * part));
  return Buffer.concat([Buffer.from(head), body]);
}

/** Its last chunk is shorter than it says. */
function cutChunk(ticket: Ticket): Buffer {
  const body = content(nameOf.down(ticket), ticket.answerBytes);
  const head = `HTTP/1.1 200 OK\r\nX-Soak: ${markOf(ticket)}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  return Buffer.concat([Buffer.from(`${head}${(body.length + 1).toString(16)}\r\n`), body]);
}

const poison = 'HTTP/1.1 200 OK\r\nX-Soak: 0\r\nContent-Length: 6\r\n\r\npoison';

/** By the name that a request asks for. */
export const lies: ReadonlyMap<string, Lie> = new Map<string, Lie>([
  ['nothing, closed', text('', 'close', gone)],
  ['nothing, reset', text('', 'reset', gone)],
  ['half a head', text('HTTP/1.1 200 OK\r\nX-Soak: 1\r\nContent-', 'close', gone)],
  ['half a head, reset', text('HTTP/1.1 200 OK\r\nX-Soak: 1\r\nContent-', 'reset', gone)],
  ['half an answer', { bytes: ticket => goodAnswer(ticket, 0.5), afterwards: 'close', outcomes: gone }],
  ['half an answer, reset', { bytes: ticket => goodAnswer(ticket, 0.5), afterwards: 'reset', outcomes: gone }],
  ['a cut chunk', { bytes: cutChunk, afterwards: 'close', outcomes: gone }],
  ['a cut chunk, reset', { bytes: cutChunk, afterwards: 'reset', outcomes: gone }],
  ['no HTTP', text('SSH-2.0-OpenSSH_9.9\r\n\r\n')],
  ['success without a switch', text('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')],
  ['two lengths', text('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!')],
  ['a length and chunks', text('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')],
  ['a chunk that is none', text('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n0\r\n\r\n')],
  ['a folded line', text('HTTP/1.1 200 OK\r\nX: a\r\n Remote-User: root\r\nContent-Length: 0\r\n\r\n')],
  ['a NUL', text('HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n')],
  ['a head without end', text(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(80_000)}`)],
  ['a switch', text('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\npoison')],
  ['a storm of interim answers', text('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(30))],
  [
    'two answers',
    {
      bytes: ticket => Buffer.concat([goodAnswer(ticket), Buffer.from(poison)]),
      afterwards: 'stay',
      outcomes: ['answered', 'hub-answer-invalid'],
    },
  ],
]);

/** What can be said to a handshake. */
export const switchLies: readonly string[] = ['success without a switch', 'a switch', 'nothing, reset', 'no HTTP'];

/** What can be said to a request. */
export const requestLies: readonly string[] = [...lies.keys()].filter(name => name !== 'success without a switch');
