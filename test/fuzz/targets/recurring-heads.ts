/** Heads whose fields come again: what is remembered of them says what reading them anew says, whoever sends them and to whom. */

import fc from 'fast-check';
import { type HeadFault, type HeadRead, HeadReader } from '../../../src/wire/downstream/head-reader.ts';
import { readRequestLine } from '../../../src/wire/message/request-line.ts';
import type { ConfigName } from '../../contract/configs.ts';
import { fillIn } from '../../contract/tokens.ts';
import { forwarded, peerOf } from '../../contract/world.ts';
import { chosen, demandSame, type FuzzTarget } from '../target.ts';
import { requestHead } from './request-head.ts';

const headerBytes = 16 * 1024;
/** The sign-in proxy, the ingress, a stranger whom a PROXY header has sent, and one who just comes. */
const peers = [peerOf('127.0.0.3'), peerOf('127.0.0.1'), peerOf('127.0.0.1', '203.0.113.9'), peerOf('127.0.0.2')];
const lines = [
  'GET /user/alice/x HTTP/1.1',
  'GET /hub/login?next=/x HTTP/1.1',
  'POST /hub/api/users HTTP/1.1',
  'DELETE /services/who/x HTTP/1.1',
  'GET /hub/static/a.js HTTP/1.1',
  'GET /user/alice/x HTTP/1.0',
  'CONNECT hub.example:443 HTTP/1.1',
  'GET  /x HTTP/1.1',
];
const configs = ['lab', 'open', 'strict', 'general', 'forwarded'] as const satisfies readonly ConfigName[];

const proofs = ['{alice}', '{bob}', '{hub-alice}', '{forged}'].map(token => `Authorization: Bearer ${token}\r\n`);

const plainFields = [
  'X-Auth-Request-Preferred-Username: alice\r\n',
  'X-Auth-Request-Groups: lab\r\n',
  'X-Forwarded-For: 203.0.113.9\r\n',
  'Forwarded: for=203.0.113.9\r\n',
  'Remote-User: root\r\n',
  'Connection: X-Any\r\n',
  'X-Any: a\r\n',
  'Cookie: jupyterhub-user-alice=x; a=b\r\n',
  'Content-Length: 0\r\n',
];

type Read = HeadRead | HeadFault | null;

/** What a door makes of it for every peer. */
function outcomes(read: Read, config: ConfigName): unknown {
  if (read === null || 'reason' in read) return read;
  const { head, rest } = read;
  const { method, target, httpVersion, fields, recurs } = head;
  const decisions = peers.map(peer =>
    forwarded({ method, target, httpVersion, fields, fieldsRecur: recurs, peer }, config),
  );
  return [{ ...head, recurs: false }, rest.toString('latin1'), decisions];
}

/** Shorter heads are not remembered. */
const padding = `User-Agent: ${'x'.repeat(128)}\r\n`;

function behindLine(input: string): string {
  return padding + input.slice(input.indexOf('\n') + 1);
}

/** Each head comes three times, so that it is kept and found, and then with the same fields behind other request lines. */
export const recurringHeads: FuzzTarget = {
  name: 'recurring-heads',
  grammar: fc.oneof(
    requestHead.grammar,
    fc
      .tuple(fc.shuffledSubarray(plainFields), fc.constantFrom('', ...proofs))
      .map(([some, proof]) => `GET / HTTP/1.1\r\nHost: hub.example\r\n${proof}${some.join('')}\r\n`),
  ),
  words: [...requestHead.words, ...proofs, ...proofs],
  mostBytes: 4096,
  mostMs: 250,
  check(input) {
    const config = chosen(configs, String(input.length));
    const reader = new HeadReader(headerBytes);
    const fields = behindLine(input);
    const own = input.slice(0, input.indexOf('\n') + 1) + fields;
    const others = lines.map(line => `${line}\r\n${fields}`);
    for (const head of [own, own, own, ...others, ...others]) {
      const bytes = Buffer.from(fillIn(head), 'latin1');
      const remembered = outcomes(reader.read(bytes), config);
      const anew = outcomes(new HeadReader(headerBytes).read(bytes), config);
      demandSame(remembered, anew, 'what is remembered is what is read anew', readRequestLine(head));
    }
  },
};
