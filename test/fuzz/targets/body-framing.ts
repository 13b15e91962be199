/** Chunked bodies: cut into pieces they are read as in one, and what is whole, llhttp reads as the same content. */
import { ChunkedReader } from '../../../src/wire/message/chunked.ts';
import { oddChunkEnds, oddLastSizes, oddSizes, oddTrailers } from '../../differential/corpus/oddities.ts';
import { openLlhttp } from '../../differential/oracles/llhttp.ts';
import { chunkedBodies } from '../../differential/request-cases.ts';
import { Chance } from '../../soak/chance.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

interface Reading {
  readonly content: string;
  readonly stop: number;
  readonly complete: boolean;
  readonly fault: string | null;
}

/** Reads what comes in pieces, each behind bytes that are not its. */
function read(pieces: readonly Buffer[], before: number): Reading {
  const reader = new ChunkedReader();
  let content = '';
  let stop = 0;
  for (const piece of pieces) {
    const bytes = Buffer.concat([Buffer.alloc(before, 'x'), piece]);
    stop +=
      reader.read(bytes, before, part => {
        demand(part.length > 0, 'no part is empty');
        content += part.toString('latin1');
      }) - before;
    if (reader.complete || reader.fault !== null) break;
  }
  const { complete, fault } = reader;
  return { content, stop, complete, fault };
}

function cut(bytes: Buffer, chance: Chance): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const to = at + 1 + chance.below(9);
    pieces.push(bytes.subarray(at, to));
    at = to;
  }
  return pieces;
}

const llhttp = openLlhttp();
const head = 'POST /x HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked\r\n\r\n';
const behind = 'GET /next HTTP/1.1\r\nHost: hub.example\r\n\r\n';

async function demandSameAsLlhttp(input: string, { content, stop }: Reading): Promise<void> {
  const [reading] = await llhttp.read([head + input.slice(0, stop) + behind]);
  demandSame(
    reading?.requests.map(({ target, body }) => [target, body]),
    [
      ['/x', content],
      ['/next', ''],
    ],
    'llhttp reads the same content and the next request behind it',
    reading?.refused,
  );
}

/** A chunked body. */
export const bodyFraming: FuzzTarget = {
  name: 'body-framing',
  grammar: chunkedBodies,
  words: [...oddSizes, ...oddChunkEnds, ...oddLastSizes, ...oddTrailers, '0\r\n\r\n', '5\r\nhello\r\n', 'ffffffff\r\n'],
  mostBytes: 32 * 1024,
  mostMs: 50,
  async check(input) {
    const bytes = Buffer.from(input, 'latin1');
    const whole = read([bytes], 0);
    const chance = new Chance(bytes.reduce((sum, byte) => sum * 31 + byte, bytes.length) >>> 0);
    demandSame(read(cut(bytes, chance), 3), whole, 'pieces are read like the whole');
    demandSame(
      read(
        Array.from(bytes, byte => Buffer.of(byte)),
        0,
      ),
      whole,
      'single bytes are read like the whole',
    );
    demand(!whole.complete || whole.fault === null, 'what is whole has no fault', whole);
    demand(whole.complete || whole.fault !== null || whole.stop === bytes.length, 'nothing is left unread', whole);
    if (whole.complete) await demandSameAsLlhttp(input, whole);
  },
};
