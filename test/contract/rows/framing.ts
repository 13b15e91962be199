/** How long a body is, and which may go on (P6, P7, P14). */
import type { RequestRow } from '../row.ts';
import { asAlice, atHub } from './lines.ts';

const post = 'POST /user/alice/api/contents';

const smuggled = 'GET /hub/login HTTP/1.1\r\nHost: hub.example\r\nRemote-User: root\r\n\r\n';

/** Rows on bodies. */
export const framingRows: readonly RequestRow[] = [
  {
    title: 'streams a body with a length',
    head: asAlice(post, 'Content-Length: 5'),
    content: 'hello',
    expect: { forward: atHub(post), body: 'stream' },
  },
  {
    title: 'streams a chunked body',
    head: asAlice(post, 'Transfer-Encoding: chunked'),
    content: '5\r\nhello\r\n0\r\n\r\n',
    expect: { forward: atHub(post), body: 'stream' },
  },
  {
    title: 'drops trailers (H13)',
    head: asAlice(post, 'Transfer-Encoding: chunked', 'Trailer: Remote-User'),
    content: '5\r\nhello\r\n0\r\nRemote-User: root\r\n\r\n',
    expect: { forward: atHub(post), body: 'stream' },
  },
  {
    title: 'measures a body on DELETE (P14)',
    head: asAlice('DELETE /hub/api/users/alice/servers/x', 'Content-Length: 5'),
    content: 'hello',
    expect: { forward: atHub('DELETE /hub/api/users/alice/servers/x'), body: 'measure' },
  },
  {
    title: 'measures a chunked body on DELETE (P14)',
    head: asAlice('DELETE /hub/api/x', 'Transfer-Encoding: chunked'),
    content: '5\r\nhello\r\n0\r\n\r\n',
    expect: { forward: atHub('DELETE /hub/api/x'), body: 'measure' },
  },
  {
    title: 'measures a body on OPTIONS (P14)',
    head: asAlice('OPTIONS /hub/api/x', 'Transfer-Encoding: chunked'),
    content: '0\r\n\r\n',
    expect: { forward: atHub('OPTIONS /hub/api/x'), body: 'measure' },
  },
  {
    title: 'measures a body on GET (P14)',
    head: asAlice('GET /user/alice/search', 'Content-Length: 2'),
    content: '{}',
    expect: { forward: atHub('GET /user/alice/search'), body: 'measure' },
  },
  {
    title: 'refuses a large body on DELETE (P14)',
    head: asAlice('DELETE /hub/api/x', 'Content-Length: 65537'),
    expect: { refuse: 'body-too-large', status: 413 },
  },
  {
    title: 'takes a length of 0 on DELETE for no body',
    head: asAlice('DELETE /hub/api/x', 'Content-Length: 0'),
    expect: { forward: atHub('DELETE /hub/api/x') },
  },
  {
    title: 'refuses a body over limits.bodyBytes',
    config: 'narrow',
    head: asAlice(post, 'Content-Length: 1025'),
    expect: { refuse: 'body-too-large', status: 413 },
  },
  {
    title: 'refuses Content-Length with Transfer-Encoding (P6)',
    head: asAlice(post, 'Content-Length: 5', 'Transfer-Encoding: chunked'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses two Content-Length (P6, P7)',
    head: asAlice(post, 'Content-Length: 5', 'content-length: 5'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'trims a Content-Length (RFC 9110 §5.5)',
    head: asAlice(post, 'Content-Length: 5 '),
    content: 'hello',
    expect: { forward: atHub(post), body: 'stream' },
  },
  {
    title: 'sends what looks like a request in a body as a body (P14)',
    head: asAlice('DELETE /hub/api/x', `Content-Length: ${smuggled.length}`),
    content: smuggled,
    expect: { forward: atHub('DELETE /hub/api/x'), body: 'measure' },
  },
  ...['+5', '5, 5', '0x5', '-1', '1e3', '', '9999999999999999'].map(
    (value): RequestRow => ({
      title: `refuses the Content-Length "${value}" (P6)`,
      head: asAlice(post, `Content-Length: ${value}`),
      expect: { refuse: 'request-ambiguous', status: 400 },
    }),
  ),
  ...['xchunked', 'gzip, chunked', 'chunked, identity', 'identity', 'chunked;q=1', ''].map(
    (value): RequestRow => ({
      title: `refuses the Transfer-Encoding "${value}" (P6, CVE-2022-32214)`,
      head: asAlice(post, `Transfer-Encoding: ${value}`),
      expect: { refuse: 'request-ambiguous', status: 400 },
    }),
  ),
  {
    title: 'refuses two Transfer-Encoding lines (CVE-2022-35256)',
    head: asAlice(post, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses Transfer-Encoding in HTTP/1.0 (P6)',
    head: ['POST /user/alice/x HTTP/1.0', ...asAlice('').slice(1), 'Transfer-Encoding: chunked'],
    content: '0\r\n\r\n',
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
];
