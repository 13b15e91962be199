/** Connections counted by peer: which addresses are one peer, and that nothing is remembered of who has left. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'tap';
import type { Peer } from '../../src/gate/stages.ts';
import { parseAddress } from '../../src/http/address.ts';
import { AddressCounts } from '../../src/wire/downstream/address-counts.ts';

/** All of a socket that is looked at: its end. */
const socket = (): Socket => new EventEmitter() as Socket;

function peer(text: string): Peer {
  const address = parseAddress(text);
  if (address === null) throw new Error(`no address: ${text}`);
  return { kind: 'ip', address };
}

/** Whether a second connection is refused where one is served. */
function isSecond(first: Peer, second: Peer): boolean {
  const counts = new AddressCounts(1);
  const [one, other] = [socket(), socket()];
  counts.arrive(first, one);
  counts.serve(first, one);
  counts.arrive(second, other);
  return !counts.serve(second, other);
}

const pairs: readonly [one: string, other: string, alike: boolean][] = [
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['192.0.2.1', '::ffff:192.0.2.1', true],
  ['192.0.2.1', '::ffff:c000:201', true],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ['2001:db8::1', '2001:db8::2', true],
  ['2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff', true],
  ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
  ['::1', '::ffff:127.0.0.1', false],
];

for (const [one, other, alike] of pairs) {
  test(`${one} and ${other} are ${alike ? 'one peer' : 'two peers'}`, async t => {
    t.equal(isSecond(peer(one), peer(other)), alike);
    t.equal(isSecond(peer(other), peer(one)), alike);
  });
}

test('a Unix socket has no address, and a limit of 0 is none', async t => {
  t.notOk(isSecond({ kind: 'unix' }, { kind: 'unix' }));
  const counts = new AddressCounts(0);
  const [one, other] = [socket(), socket()];
  t.ok(counts.arrive(peer('192.0.2.1'), one) && counts.serve(peer('192.0.2.1'), one));
  t.ok(counts.arrive(peer('192.0.2.1'), other) && counts.serve(peer('192.0.2.1'), other));
  t.equal(counts.size, 0);
});

test('those that wait for their refusal do not count as served, but beyond so many of them the next is dropped', async t => {
  const counts = new AddressCounts(2);
  const from = peer('192.0.2.1');
  const open = Array.from({ length: 34 }, socket);
  t.ok(open.every(each => counts.arrive(from, each)));
  t.same(
    open.map(each => counts.serve(from, each)),
    open.map((_, place) => place < 2),
  );
  const dropped = socket();
  t.notOk(counts.arrive(from, dropped));
  dropped.emit('close');
  open[0]?.emit('close');
  const next = socket();
  t.ok(counts.arrive(from, next));
  t.ok(counts.serve(from, next), 'there is room again, whoever waits');
  for (const each of [...open.slice(1), next]) each.emit('close');
  t.equal(counts.size, 0);
});

test('whichever of TLS and what lies under it closes first, both count until both have', async t => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const counts = new AddressCounts(1);
    const from = peer('2001:db8::1');
    const ends = [socket(), socket()];
    const [bare = socket(), secure = socket()] = ends;
    counts.arrive(from, bare);
    counts.serve(from, secure);
    ends[order[0] ?? 0]?.emit('close');
    t.equal(counts.size, 1);
    ends[order[1] ?? 0]?.emit('close');
    t.equal(counts.size, 0);
  }
});
