/** The counts of what each user has under way, against the plainest model: a list of who is in. */
import fc from 'fast-check';
import { test } from 'tap';
import { mostOfOneUser, type Place, UsersUnderWay, uncounted } from '../../src/doors/users-under-way.ts';
import { isRefusal } from '../../src/gate/reasons.ts';

type Protocol = 'http' | 'websocket';

/** Who is in, as the model knows it. */
interface Guest {
  readonly user: string;
  readonly place: Place;
  counted: boolean;
  isSocket: boolean;
}

interface Model {
  readonly guests: Guest[];
  limits: { requestsPerUser: number; webSocketsPerUser: number };
}

const held = ({ guests }: Model, user: string, kind: 'counted' | 'isSocket'): number =>
  guests.filter(guest => guest.user === user && guest[kind]).length;

class Come implements fc.Command<Model, UsersUnderWay> {
  readonly #visitor: string;
  readonly #protocol: Protocol;

  constructor(visitor: string, protocol: Protocol) {
    this.#visitor = visitor;
    this.#protocol = protocol;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: UsersUnderWay): void {
    const { requestsPerUser, webSocketsPerUser } = model.limits;
    const isSocket = this.#protocol === 'websocket';
    const full = (limit: number, kind: 'counted' | 'isSocket'): boolean =>
      limit > 0 && held(model, this.#visitor, kind) >= limit;
    const wanted =
      isSocket && full(webSocketsPerUser, 'isSocket')
        ? 'too-many-websockets'
        : full(requestsPerUser, 'counted')
          ? 'too-many-requests'
          : null;
    const place = real.admit({ visitor: this.#visitor, protocol: this.#protocol }, model.limits);
    if ((isRefusal(place) ? place.reason : null) !== wanted) throw new Error(`expected ${wanted}`);
    if (isRefusal(place)) return;
    model.guests.push({ user: this.#visitor, place, counted: true, isSocket });
  }

  toString(): string {
    return `come(${this.#visitor}, ${this.#protocol})`;
  }
}

/** One of those who are in becomes a WebSocket, or goes, be it told once or twice. */
class Move implements fc.Command<Model, UsersUnderWay> {
  readonly #at: number;
  readonly #how: 'switch' | 'leave';

  constructor(at: number, how: 'switch' | 'leave') {
    this.#at = at;
    this.#how = how;
  }

  check({ guests }: Readonly<Model>): boolean {
    return guests.length > 0;
  }

  run({ guests }: Model, real: UsersUnderWay): void {
    const at = this.#at % guests.length;
    const guest = guests[at];
    if (guest === undefined) throw new Error('nobody is in');
    for (let times = 0; times < 2; times += 1) guest.place[this.#how === 'switch' ? 'switched' : 'leave']();
    guest.counted = false;
    if (this.#how === 'leave') guests.splice(at, 1);
    const remembered =
      new Set(guests.filter(({ counted }) => counted).map(({ user }) => user)).size +
      new Set(guests.filter(({ isSocket }) => isSocket).map(({ user }) => user)).size;
    if (real.size !== remembered) throw new Error(`${real.size} are remembered, not ${remembered}`);
  }

  toString(): string {
    return `${this.#how}(${this.#at})`;
  }
}

/** What a reload does to them. */
class Limit implements fc.Command<Model, UsersUnderWay> {
  readonly #limits: Model['limits'];

  constructor(requestsPerUser: number, webSocketsPerUser: number) {
    this.#limits = { requestsPerUser, webSocketsPerUser };
  }

  check(): boolean {
    return true;
  }

  run(model: Model): void {
    model.limits = this.#limits;
  }

  toString(): string {
    return `limit(${JSON.stringify(this.#limits)})`;
  }
}

test('whoever comes, goes, switches or is limited anew in whatever order, the counts are those of who is in', async t => {
  const limit = fc.nat(3);
  const protocol = fc.constantFrom<Protocol>('http', 'websocket');
  const commands = fc.commands(
    [
      fc.tuple(fc.constantFrom('alice', 'bob', '__proto__'), protocol).map(([user, how]) => new Come(user, how)),
      fc.tuple(fc.nat(50), fc.constantFrom('switch' as const, 'leave' as const)).map(([at, how]) => new Move(at, how)),
      fc.tuple(limit, limit).map(([requests, sockets]) => new Limit(requests, sockets)),
    ],
    { maxCommands: 60 },
  );
  fc.assert(
    fc.property(commands, limit, limit, (list, requestsPerUser, webSocketsPerUser) => {
      const real = new UsersUnderWay();
      const model: Model = { guests: [], limits: { requestsPerUser, webSocketsPerUser } };
      fc.modelRun(() => ({ model, real }), list);
      for (const { place } of model.guests) place.leave();
      if (real.size !== 0) throw new Error('somebody who has left is remembered');
    }),
    { numRuns: 500 },
  );
  t.pass('they are');
});

test('without a limit one user leaves room for the others', async t => {
  const users = new UsersUnderWay();
  const off = { requestsPerUser: 0, webSocketsPerUser: 0 };
  const come = (visitor: string): boolean => !isRefusal(users.admit({ visitor, protocol: 'http' }, off));
  for (let count = 0; count < mostOfOneUser; count += 1) if (!come('alice')) t.fail(`no room for ${count}`);
  t.notOk(come('alice'));
  t.ok(come('bob'));
});

test('what nobody has proved takes no place', async t => {
  const users = new UsersUnderWay();
  const one = { requestsPerUser: 1, webSocketsPerUser: 1 };
  t.equal(users.admit({ visitor: undefined, protocol: 'http' }, one), uncounted);
  t.equal(users.admit({ visitor: undefined, protocol: 'websocket' }, one), uncounted);
  t.equal(users.size, 0);
});
