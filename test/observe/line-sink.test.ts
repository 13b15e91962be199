/** The way of lines from the gate to an outlet that the test holds in its hand. */
import t from 'tap';
import { LineSink } from '../../src/observe/line-sink.ts';
import type { OpenOutlet, OutletEvents } from '../../src/observe/outlet.ts';

/** An outlet that does nothing but what the test says. */
class HeldOutlet {
  readonly batches: string[] = [];
  retries = 0;
  closed = false;
  told: OutletEvents | undefined;
  #written: (() => void) | undefined;

  readonly open: OpenOutlet = told => {
    this.told = told;
    return {
      write: batch => {
        this.batches.push(batch.toString());
        this.#written?.();
      },
      retry: () => {
        this.retries += 1;
        this.#written?.();
      },
      close: () => {
        this.closed = true;
      },
    };
  };

  /** Resolves when it is given something to do. */
  nextTask(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#written = resolve;
    return promise;
  }

  fail(code: string, written = 0): void {
    this.told?.wrote(written);
    this.told?.failed(Object.assign(new Error(`${code}: no`), { code }));
  }
}

type Held = { outlet: HeldOutlet; sink: LineSink; trouble: (string | number)[] };

function held(): Held {
  const outlet = new HeldOutlet();
  const trouble: (string | number)[] = [];
  const told = { began: (fault: string) => void trouble.push(fault), ended: (lost: number) => void trouble.push(lost) };
  return { outlet, sink: new LineSink(outlet.open, told), trouble };
}

const mebibyte = 1024 * 1024;

t.test('a line after a quiet moment goes out at once, those after it together', async t => {
  const { outlet, sink } = held();
  sink.write('a\n');
  t.strictSame(outlet.batches, ['a\n']);
  sink.write('b\n');
  sink.write('c\n');
  t.equal(outlet.batches.length, 1, 'one batch at a time');
  const next = outlet.nextTask();
  outlet.told?.done();
  t.equal(outlet.batches.length, 1, 'they wait for company');
  await next;
  t.strictSame(outlet.batches, ['a\n', 'b\nc\n'], 'but not for long');
});

t.test('what fills a batch waits for the outlet alone', async t => {
  const { outlet, sink } = held();
  const line = `${'x'.repeat(1023)}\n`;
  for (let at = 0; at < 70; at += 1) sink.write(line);
  outlet.told?.done();
  t.strictSame(
    outlet.batches.map(batch => batch.length),
    [1024, 64 * 1024],
  );
});

t.test('flush waits for all of it, and for no company', async t => {
  const { outlet, sink } = held();
  sink.write('a\n');
  sink.write('b\n');
  let flushed = false;
  const flush = sink.flush().then(() => {
    flushed = true;
  });
  outlet.told?.done();
  await Promise.resolve();
  t.strictSame(outlet.batches, ['a\n', 'b\n']);
  t.notOk(flushed);
  outlet.told?.done();
  await flush;
  await sink.flush();
  t.equal(await sink.close(), 0);
  t.ok(outlet.closed);
  sink.write('too late\n');
  t.equal(outlet.batches.length, 2);
});

t.test('a full pipe is tried again, and is no trouble', async t => {
  const { outlet, sink, trouble } = held();
  sink.write('a\n');
  const next = outlet.nextTask();
  outlet.fail('EAGAIN', 1);
  await next;
  t.equal(outlet.retries, 1);
  outlet.told?.done();
  await sink.flush();
  t.strictSame(trouble, []);
  t.strictSame(outlet.batches, ['a\n'], 'nothing is written twice');
});

t.test('a full disk is told once a spell, and loses nothing while there is room to wait', async t => {
  const { outlet, sink, trouble } = held();
  sink.write('a\n');
  outlet.fail('ENOSPC');
  sink.write('b\n');
  const gaveUp = sink.flush();
  t.equal(outlet.retries, 1, 'a flush tries at once');
  outlet.fail('ENOSPC');
  await gaveUp;
  t.strictSame(trouble, ['can not be written: ENOSPC: no']);
  const flush = sink.flush();
  outlet.told?.done();
  t.strictSame(trouble, ['can not be written: ENOSPC: no', 0], 'and when it is over');
  outlet.told?.done();
  await flush;
  t.strictSame(outlet.batches, ['a\n', 'b\n']);
  sink.write('c\n');
  await outlet.nextTask();
  outlet.fail('ENOSPC');
  t.equal(trouble.length, 3, 'the next spell is another');
});

t.test('lines beyond what may wait are lost, counted, and told once', async t => {
  const { outlet, sink, trouble } = held();
  sink.write('first\n');
  const line = `${'x'.repeat(mebibyte - 1)}\n`;
  for (let at = 0; at < 20; at += 1) sink.write(line);
  t.strictSame(trouble, ['is too slow, lines are lost']);
  const flush = sink.flush();
  while (trouble.length === 1) outlet.told?.done();
  t.strictSame(trouble[1], 4);
  outlet.told?.done();
  await flush;
  t.equal(outlet.batches.join('').length, 'first\n'.length + 16 * mebibyte);
});

t.test('an outlet is replaced between two lines', async t => {
  const { outlet, sink, trouble } = held();
  const next = new HeldOutlet();
  sink.write('a\n');
  sink.write('b\n');
  sink.replace(next.open);
  t.notOk(outlet.closed, 'not in the middle of a batch');
  outlet.told?.done();
  t.ok(outlet.closed);
  const flush = sink.flush();
  next.told?.done();
  await flush;
  t.strictSame([outlet.batches, next.batches], [['a\n'], ['b\n']]);
  sink.replace(held().outlet.open);
  t.ok(next.closed, 'at once where nothing is under way');
  t.strictSame(trouble, []);
});

t.test('of two that would take over the last one does, and no outlet is left open', async t => {
  const { outlet, sink } = held();
  const [second, third, late] = [new HeldOutlet(), new HeldOutlet(), new HeldOutlet()];
  sink.write('a\n');
  sink.replace(second.open);
  sink.replace(third.open);
  t.ok(second.closed);
  t.notOk(outlet.closed);
  await sink.close();
  t.ok(outlet.closed && third.closed);
  sink.replace(late.open);
  t.ok(late.closed);
});

t.test('what a full disk did not take goes to the next file, in whole lines', async t => {
  const { outlet, sink, trouble } = held();
  const next = new HeldOutlet();
  sink.write('first\n');
  sink.write('a\n');
  sink.write('bcd\n');
  sink.write('e\n');
  outlet.told?.done();
  await outlet.nextTask();
  sink.replace(next.open);
  outlet.fail('ENOSPC', 'a\nbc'.length);
  sink.write('f\n');
  const flush = sink.flush();
  next.told?.done();
  next.told?.done();
  await flush;
  t.strictSame(
    [outlet.batches, next.batches],
    [
      ['first\n', 'a\nbcd\ne\n'],
      ['bcd\ne\n', 'f\n'],
    ],
  );
  t.strictSame(trouble, ['can not be written: ENOSPC: no', 0]);
});

t.test('closing tells how many lines nobody took', async t => {
  const { outlet, sink } = held();
  sink.write('a\n');
  sink.write('b\n');
  sink.write('c\n');
  outlet.fail('ENOSPC');
  const lost = sink.close();
  outlet.fail('ENOSPC');
  t.equal(await lost, 3);
  t.ok(outlet.closed);
});

t.test('an outlet that never answers does not hold up the end', async t => {
  const { sink } = held();
  sink.write('under way\n');
  sink.write('b\n');
  t.equal(await sink.close(), 1);
});

t.test("the process's end writes what waits, through a full pipe and in pieces", async t => {
  const { outlet, sink } = held();
  sink.write('a\n');
  sink.write('bc\n');
  outlet.fail('EAGAIN', 1);
  const written: string[] = [];
  let calls = 0;
  outlet.told?.exiting(bytes => {
    calls += 1;
    if (calls === 1) throw Object.assign(new Error('full'), { code: 'EAGAIN' });
    written.push(bytes.toString('latin1', 0, 3));
    return Math.min(3, bytes.length);
  });
  t.strictSame(written, ['\nbc', '\n']);
  sink.write('too late\n');
  t.equal(await sink.close(), 0);
});

t.test('and gives up at a fault', async t => {
  const { outlet, sink } = held();
  sink.write('a\n');
  sink.write('b\n');
  let calls = 0;
  outlet.told?.exiting(() => {
    calls += 1;
    throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  });
  t.equal(calls, 1);
});
