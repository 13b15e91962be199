/** Starts a gate inside the test's own process. */
import { Writable } from 'node:stream';
import { type Clock, machineClock } from '../../src/clock.ts';
import { startGate } from '../../src/serve.ts';
import { putAside } from '../clients/nothing-leaked.ts';
import type { Teardown } from './lab.ts';

/** A gate that runs here. */
export type GateHere = {
  /** On 127.0.0.1: of the first listener. */
  readonly port: number;
  /** In the order of `listen`. */
  readonly ports: readonly number[];
  /** All that it wrote so far, stdout and stderr. */
  readonly output: () => string;
  readonly reload: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Resolves when it listens; the test's end stops it. */
export async function startGateHere(t: Teardown, configPath: string, clock: Clock = machineClock): Promise<GateHere> {
  const written: string[] = [];
  const sink = (): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done();
      },
    });
  const gate = await startGate({ configPath, env: {}, stdout: sink(), stderr: sink(), clock });
  t.teardown(async () => {
    await gate.stop();
    putAside(written.join(''), []);
  });
  const ports = gate.addresses.map(address => (address.kind === 'tcp' ? address.port : 0));
  return {
    port: ports[0] ?? 0,
    ports,
    output: () => written.join(''),
    reload: () => gate.reload(),
    stop: () => gate.stop(),
  };
}
