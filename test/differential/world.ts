/** A gate in front of a tapped hub: what the differential tests send their bytes through. */

import { startGateHere } from '../gates/gate-here.ts';
import type { Teardown } from '../gates/lab.ts';
import { assertedUserHeader, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { sendPieces } from './piecewise-client.ts';
import { type Answering, openTappedHub, type TappedHub } from './tapped-hub.ts';

/** The header in which the gate names the user to the hub. */
export const identityHeader = 'X-App-User';

/** What the gate writes by itself, besides the identity, on every request of this world. */
export const ownLines: ReadonlyMap<string, string> = new Map([
  ['x-forwarded-for', '127.0.0.1'],
  ['x-real-ip', '127.0.0.1'],
  ['forwarded', `for=127.0.0.1;proto=http;host=${publicHost}`],
  ['x-forwarded-proto', 'http'],
  ['x-forwarded-host', publicHost],
  ['x-forwarded-port', '80'],
  ['x-scheme', 'http'],
]);

/** Host and proof of a user, as lines of a head. */
export function proofOf(user: string): string {
  return `Host: ${publicHost}\r\n${assertedUserHeader}: ${user}\r\n`;
}

/** The field that carries the proof. */
export const proofHeader = assertedUserHeader;

/** A gate and its hub. */
export interface World {
  readonly hub: TappedHub;
  /** On a connection of its own, which the client half-closes behind its bytes unless it is told not to. */
  readonly send: (pieces: readonly string[], halfCloses?: boolean) => ReturnType<typeof sendPieces>;
}

/** The gate serves any application, so that nearly every field passes; the test's end closes both. */
export async function openWorld(t: Teardown, answering: Answering): Promise<World> {
  const hub = await openTappedHub(answering);
  t.teardown(() => hub.close());
  const lab = makeLab(t);
  const config = labConfig(
    { url: `http://127.0.0.1:${hub.port}`, authenticator: 'custom' },
    {
      trust: { proxies: ['127.0.0.1/32'], clientAddress: 'peer' },
      inject: { user: { header: identityHeader, paths: ['/**'] } },
      limits: { hubResponseTimeout: '3s', drainTimeout: '1ms' },
      log: { level: 'error', audit: '/dev/null' },
    },
  );
  const { port } = await startGateHere(t, lab.write('proxy.yaml', config));
  return { hub, send: (pieces, halfCloses) => sendPieces(port, pieces, halfCloses) };
}
