/** Two hundred clients at once, who finish, abort, stall and switch as they please: never more than so many of one user at the hub, and none left over. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';
import { test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import { Chance } from '../soak/chance.ts';
import { type House, openSocketHub, type SocketHub, until, within } from './door-house.ts';

const mostRequests = 3;
const mostSockets = 2;
const users = ['alice', 'bob', 'carol', 'dave', 'eve'];

/** What is with the hub at a time, by user and kind, and the most that it ever was. */
class Census {
  readonly now = new Map<string, number>();
  readonly most = new Map<string, number>();
  /** In all that ever came. */
  seen = 0;

  /** What ended before this came may still stand in the kernel: it is looked at when the loop has turned. */
  come(who: string, ended: Promise<void>): void {
    this.seen += 1;
    this.#add(who, 1);
    void ended.then(() => this.#add(who, -1));
    void (async () => {
      for (let turns = 0; turns < 3; turns += 1) await tick();
      this.most.set(who, Math.max(this.most.get(who) ?? 0, this.now.get(who) ?? 0));
    })();
  }

  #add(who: string, change: number): void {
    this.now.set(who, (this.now.get(who) ?? 0) + change);
  }

  get isEmpty(): boolean {
    return [...this.now.values()].every(count => count === 0);
  }
}

/** Answers in its own time, in different ways; every path begins with the user's name. */
async function moodyHub(chance: Chance, census: Census): Promise<SocketHub> {
  const nameIn = ({ url }: IncomingMessage): string => url?.split('/')[2] ?? '';
  const later = async (work: () => void): Promise<void> => {
    for (let turns = chance.below(40); turns > 0; turns -= 1) await tick();
    work();
  };
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    census.come(`${nameIn(incoming)} asks`, ended);
    // A server tells of a client that is gone when it has closed its own half, some turns after it knew.
    const { socket } = incoming;
    socket.once('end', resolve);
    response.on('close', () => {
      socket.off('end', resolve);
      resolve();
    });
    incoming.on('error', () => undefined).resume();
    void later(() => {
      if (chance.oneIn(12)) incoming.socket.resetAndDestroy();
      else if (chance.oneIn(4)) response.end('early');
      else if (chance.oneIn(6)) {
        response.write('half');
        void later(() => response.end('whole'));
      } else if (incoming.complete || incoming.destroyed) response.end('whole');
      else incoming.on('end', () => response.end('whole'));
    });
  });
  server.on('upgrade', (incoming, socket) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    census.come(`${nameIn(incoming)} talks`, ended);
    // Node leaves it half open, as it does with all that an HTTP server accepts.
    socket
      .on('end', () => socket.end())
      .on('end', resolve)
      .on('close', resolve)
      .on('error', () => undefined)
      .resume();
    void later(() => {
      const key = `${incoming.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(key).digest('base64');
      const head = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
      if (chance.oneIn(4)) socket.end('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n');
      else socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}`);
      void later(() => chance.oneIn(2) && socket.destroy());
    });
  });
  return openSocketHub(server);
}

const handshake =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

const head = (user: string, method: string, more = ''): string =>
  `${method} /user/${user}/x HTTP/1.1\r\nHost: hub.example.org\r\nAuthorization: Bearer ${user}\r\n${more}\r\n`;

const asksToSwitch = (user: string): string => head(user, 'GET', handshake);

/** Some of them whole, some not. */
const requests: readonly ((user: string) => string)[] = [
  user => head(user, 'GET'),
  user => head(user, 'GET').repeat(3),
  user => `${head(user, 'POST', 'Content-Length: 5\r\n')}hello`,
  user => `${head(user, 'POST', 'Transfer-Encoding: chunked\r\n')}5\r\nhel`,
  user => `${head(user, 'POST', 'Transfer-Encoding: chunked\r\n')}ZZ\r\n`,
  user => `${head(user, 'DELETE', 'Content-Length: 5\r\n')}hello`,
  user => `${head(user, 'DELETE', 'Content-Length: 5\r\n')}he`,
  ...[asksToSwitch, asksToSwitch, asksToSwitch],
];

/** One visit: sends something, and stays until the connection ends or patience does. */
async function visit(house: House, user: string, chance: Chance, statuses: Set<number>): Promise<void> {
  const socket = connect(house.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    for (const [, status] of bytes.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g)) statuses.add(Number(status));
  });
  socket.write(chance.pick(requests)(user));
  for (let turns = chance.below(120); turns > 0 && !socket.destroyed; turns -= 1) await tick();
  if (chance.oneIn(3)) socket.resetAndDestroy();
  else socket.destroy();
  await until(() => socket.closed);
}

test('200 clients of five users, 3 requests and 2 WebSockets each at a time', async t => {
  const seed = Date.now() % 2 ** 31;
  t.comment(`seed ${seed}`);
  const chance = new Chance(seed);
  const census = new Census();
  const statuses = new Set<number>();
  const hub = await moodyHub(chance.fork(), census);
  const limits = { requestsPerUser: mostRequests, webSocketsPerUser: mostSockets };
  await within(hub, { limits }, async house => {
    const client = async (place: number, own: Chance): Promise<void> => {
      for (let round = 0; round < 4; round += 1) await visit(house, users[place % users.length] ?? '', own, statuses);
    };
    await Promise.all(Array.from({ length: 200 }, (_, place) => client(place, chance.fork())));
    await until(() => census.isEmpty);
    t.ok(census.seen > 100, `${census.seen} came to the hub`);
    for (const status of [101, 200, 400, 429]) t.ok(statuses.has(status), `${status} was seen`);
    for (const [who, most] of census.most)
      t.ok(most <= (who.endsWith('asks') ? mostRequests : mostSockets), `at most ${most} times ${who}`);
    t.ok(
      users.some(user => census.most.get(`${user} asks`) === mostRequests),
      'the limit was reached',
    );
    for (const user of users) await assertAllFree(house, user);
  });

  /** As many places as ever, once the gate has seen the last of the clients go, and not one more. */
  async function assertAllFree(house: House, user: string): Promise<void> {
    const open = [];
    while (open.length < mostRequests) {
      const socket = connect(house.port, '127.0.0.1').on('error', () => undefined);
      socket.write(head(user, 'DELETE', 'Expect: 100-continue\r\nContent-Length: 1\r\n'));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      if (answer.toString().startsWith('HTTP/1.1 100 ')) open.push(socket);
      else socket.destroy();
    }
    const [answer] = await rawRequest({ port: house.port, bytes: head(user, 'GET') });
    t.equal(answer?.status, 429, `${user} has ${mostRequests} places and no more`);
    for (const socket of open) socket.destroy();
  }
});
