/** Does the fixed work once for every chunk on stdin and writes the milliseconds that it took. */

const turns = 20_000_000;

process.stdin.on('data', () => {
  const started = performance.now();
  let state = 1;
  for (let turn = 0; turn < turns; turn += 1) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
  const took = performance.now() - started;
  process.stdout.write(`${state === 0 ? 0 : took.toFixed(3)}\n`);
});
