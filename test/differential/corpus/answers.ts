/** Answers of a hub, most of which lie about themselves, and what becomes of them (R5). All text is latin1. */
import { type AnswerCase, forgedAnswer } from '../answer-cases.ts';
import type { Fate } from '../answer-law.ts';

/** One answer. */
export interface SeedAnswer {
  /** The rule that it holds. */
  readonly title: string;
  readonly said: AnswerCase;
  readonly fates: readonly Fate[];
}

const ok = 'HTTP/1.1 200 OK\r\n';

type Circumstances = Partial<Omit<AnswerCase, 'pieces'>> & { readonly pieces?: readonly string[] };

function row(fates: readonly Fate[], title: string, bytes: string, more: Circumstances): SeedAnswer {
  return { title, fates, said: { pieces: [bytes], behind: 'stay', asked: 'GET', late: '', ...more } };
}

function relayed(title: string, bytes: string, more: Circumstances = {}): SeedAnswer {
  return row(['relayed'], title, bytes, more);
}

function refused(title: string, bytes: string, more: Circumstances = {}): SeedAnswer {
  return row(['refused'], title, bytes, { behind: 'close', ...more });
}

/** The lie comes when the head may be on its way already. */
function cutOff(title: string, bytes: string, more: Circumstances = {}): SeedAnswer {
  return row(['refused', 'cut'], title, bytes, { behind: 'close', ...more });
}

/** The answer is good, and what stands behind it must not become anybody's. */
function alone(title: string, bytes: string, more: Circumstances = {}): SeedAnswer {
  return row(['relayed', 'refused', 'cut'], title, bytes, more);
}

const honest: readonly SeedAnswer[] = [
  relayed('a length', `${ok}Content-Length: 5\r\n\r\nhello`),
  relayed('a length of 0', `${ok}Content-Length: 0\r\n\r\n`),
  relayed('chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
  relayed('chunks in pieces', '', {
    pieces: [`${ok}Transfer-Enc`, 'oding: chunked\r\n\r\n5\r', '\nhel', 'lo\r\n', '0\r\n\r', '\n'],
  }),
  relayed('chunk extensions', `${ok}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0;c\r\n\r\n`),
  relayed('trailers', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-App-User: root\r\n\r\n`),
  relayed('a body that ends with the connection', `${ok}\r\nhello`, { behind: 'close' }),
  relayed('HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nhello', { behind: 'close' }),
  relayed('HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', { behind: 'close' }),
  relayed('Connection: close', `${ok}Connection: close\r\nContent-Length: 5\r\n\r\nhello`, { behind: 'close' }),
  relayed('no content', 'HTTP/1.1 204 No Content\r\n\r\n'),
  relayed(
    'not modified, with the length that GET would have',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  ),
  relayed('an answer to HEAD', `${ok}Content-Length: 5\r\n\r\n`, { asked: 'HEAD' }),
  relayed('an answer to HEAD in chunks that are not there', `${ok}Transfer-Encoding: chunked\r\n\r\n`, {
    asked: 'HEAD',
  }),
  relayed('no reason phrase', 'HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello'),
  relayed('bytes above 0x7f', `HTTP/1.1 200 \xe9\xff\r\nX-Any: \x80\xff\r\nContent-Length: 5\r\n\r\nhel\xff\0`),
  relayed('several cookies', `${ok}Set-Cookie: a=b\r\nSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n`),
  relayed('interim answers', `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok}Content-Length: 5\r\n\r\nhello`),
  relayed('a body that looks like an answer', `${ok}Content-Length: ${forgedAnswer.length}\r\n\r\n${forgedAnswer}`),
];

const framing: readonly SeedAnswer[] = [
  refused('two lengths', `${ok}Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello`),
  refused('two lengths that agree', `${ok}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`),
  refused('a list of lengths', `${ok}Content-Length: 5, 5\r\n\r\nhello`),
  refused('a length and a coding', `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  refused('a coding and a length', `${ok}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`),
  ...['+5', '-5', '0x5', '', '5 5', '5.0', '18446744073709551621'].map(value =>
    refused(`the length "${value}"`, `${ok}Content-Length: ${value}\r\n\r\nhello`),
  ),
  ...['xchunked', 'gzip, chunked', 'identity', 'chunked, chunked', '"chunked"', ''].map(value =>
    refused(`the coding "${value}"`, `${ok}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`),
  ),
  refused('a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  cutOff('a length that is too long', `${ok}Content-Length: 9\r\n\r\nhello`),
  cutOff('a length that is too long, reset', `${ok}Content-Length: 9\r\n\r\nhello`, { behind: 'reset' }),
  alone('a length that is too short', `${ok}Content-Length: 2\r\n\r\nhello`),
  cutOff('chunks without an end', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`),
  cutOff('half a last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n`),
  cutOff('half a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nhello`),
  cutOff('a body that should end with the connection, reset', `${ok}\r\nhello`, { behind: 'reset' }),
  ...['g', '-5', '0x5', '5 ', '', '10000000000000005', '5\n'].map(size =>
    cutOff(
      `the chunk size ${JSON.stringify(size)}`,
      `${ok}Transfer-Encoding: chunked\r\n\r\n${size}\r\nhello\r\n0\r\n\r\n`,
    ),
  ),
  cutOff('a chunk longer than it says', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`),
  cutOff('a chunk that ends in LF', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n`),
];

const heads: readonly SeedAnswer[] = [
  ...['\0', '\r', '\n', '\x01', '\x7f', '\r\n '].map(control =>
    refused(`${JSON.stringify(control)} in a value`, `${ok}X-Any: a${control}b\r\nContent-Length: 5\r\n\r\nhello`),
  ),
  ...['X Any: a', 'X-Any : a', ': a', 'X-Any', ' X-Any: a', 'X(Any): a', 'X\xe9: a', 'X\0: a'].map(line =>
    refused(`the line ${JSON.stringify(line)}`, `${ok}${line}\r\nContent-Length: 5\r\n\r\nhello`),
  ),
  refused('lines that end in LF', `${ok}Content-Length: 5\r\n\r\nhello`.replaceAll('\r\n', '\n')),
  ...['099', '99', '600', '999', '1000', '-200', '2OO', '', '0x200'].map(status =>
    refused(`the status "${status}"`, `HTTP/1.1 ${status} Odd\r\nContent-Length: 5\r\n\r\nhello`),
  ),
  ...['HTTP/1.2', 'HTTP/2', 'HTTP/2.0', 'http/1.1', 'ICY', 'HTTP/0.9', 'RTSP/1.0'].map(version =>
    refused(`the version "${version}"`, `${version} 200 OK\r\nContent-Length: 5\r\n\r\nhello`),
  ),
  refused('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  refused('a frame of HTTP/2', '\x00\x00\x12\x04\x00\x00\x00\x00\x00'),
  refused('a request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  refused('garbage', 'hello, world\r\n\r\n'),
  refused('HTTP/0.9', 'hello'),
  refused('nothing', '', { pieces: [] }),
  refused('nothing, reset', '', { pieces: [], behind: 'reset' }),
  refused('half a head', `${ok}Content-Le`),
  refused('half a head, reset', `${ok}Content-Le`, { behind: 'reset' }),
  refused('a head without end', `${ok}${`X-Any: ${'a'.repeat(1000)}\r\n`.repeat(300)}`),
  refused(
    '101 to a plain request',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ),
  refused('a storm of interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(2000)),
  refused('interim answers and no other', 'HTTP/1.1 100 Continue\r\n\r\n'),
];

const behind: readonly SeedAnswer[] = [
  alone('two answers', `${ok}Content-Length: 5\r\n\r\nhello${forgedAnswer}`),
  alone('two answers in two pieces', '', { pieces: [`${ok}Content-Length: 5\r\n\r\nhello`, forgedAnswer] }),
  alone('an answer behind the last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${forgedAnswer}`),
  alone('an answer behind one to HEAD', `${ok}Content-Length: 5\r\n\r\n${forgedAnswer}`, { asked: 'HEAD' }),
  alone('a body behind an answer to HEAD', `${ok}Content-Length: 5\r\n\r\nhello`, { asked: 'HEAD' }),
  alone('a body behind 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello'),
  alone('a body behind 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello'),
  alone('an answer behind 204', `HTTP/1.1 204 No Content\r\n\r\n${forgedAnswer}`),
  alone('an empty line behind', `${ok}Content-Length: 5\r\n\r\nhello\r\n`),
  alone('an interim answer behind', `${ok}Content-Length: 5\r\n\r\nhelloHTTP/1.1 100 Continue\r\n\r\n`),
  relayed('an answer that comes unasked', `${ok}Content-Length: 5\r\n\r\nhello`, { late: forgedAnswer }),
  relayed('an empty line that comes unasked', `${ok}Content-Length: 5\r\n\r\nhello`, { late: '\r\n' }),
  relayed('half an answer that comes unasked', `${ok}Content-Length: 5\r\n\r\nhello`, { late: 'HTTP/1.1 200 OK\r\n' }),
];

const switching = 'HTTP/1.1 101 Switching Protocols\r\n';
const asHandshake = { asked: 'handshake' } as const;
/** To the key that `handshake` of the contract sends (RFC 6455 §1.3). */
const accept = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';

const handshakes: readonly SeedAnswer[] = [
  refused('200 to a handshake', `${ok}Content-Length: 5\r\n\r\nhello`, asHandshake),
  refused('204 to a handshake', 'HTTP/1.1 204 No Content\r\n\r\n', asHandshake),
  refused('101 without a word on what to', `${switching}\r\n`, asHandshake),
  refused('101 to another protocol', `${switching}Connection: Upgrade\r\nUpgrade: h2c\r\n${accept}\r\n`, asHandshake),
  refused(
    '101 without Sec-WebSocket-Accept',
    `${switching}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    asHandshake,
  ),
  refused(
    '101 with the answer to another key',
    `${switching}Connection: Upgrade\r\nUpgrade: websocket\r\n${accept.replace('s3p', 'p3s')}\r\n`,
    asHandshake,
  ),
  refused(
    '101 with a control character',
    `${switching}Connection: Upgrade\r\nUpgrade: websocket\r\n${accept}X-Any: a\0b\r\n\r\n`,
    asHandshake,
  ),
  relayed('a refusal of a handshake', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nhello', asHandshake),
];

/** Every seed. */
export const seedAnswers: readonly SeedAnswer[] = [...honest, ...framing, ...heads, ...behind, ...handshakes];
