/** Starts a peer for a load, times its start, and proves it. */
import { join } from 'node:path';
import { reservePort } from '../scripts/reserved-ports.ts';
import { oneRequest } from './clients/one-request.ts';
import type { Algorithm } from './lab/issuer.ts';
import { type Lab, labUser } from './lab/lab.ts';
import { untilTrue } from './lab/reachable.ts';
import { fieldLines, pagePath } from './lab/requests.ts';
import { startProgram } from './machine/programs.ts';
import type { Peer, Seat } from './peers/peer.ts';
import { type Proof, prove } from './proof.ts';

/** A peer that runs and was proven. */
export type Seated = {
  readonly seat: Seat;
  readonly pid: number;
  readonly port: number;
  /** One that it takes. */
  readonly token: string;
  /** From the start of the program to the end of its first good answer. */
  readonly firstAnswerMs: number;
  readonly proofs: readonly Proof[];
  readonly stop: () => Promise<void>;
};

/** What a load wants of the peers that it is played to. */
export type Seating = { readonly behind: 'backend' | 'origin'; readonly algorithm: Algorithm };

/** Small answers, RS256. */
export const plainSeating: Seating = { behind: 'backend', algorithm: 'RS256' };

let seats = 0;

/** Throws when the peer does not start or breaks a proof. */
export async function seated(lab: Lab, peer: Peer, { behind, algorithm }: Seating): Promise<Seated> {
  seats += 1;
  const folder = join('seats', `${seats}-${peer.name}`);
  const seat: Seat = { lab, port: await reservePort(), backendPort: lab[behind].port, folder, algorithm };
  const { command, env } = await peer.launch(seat);
  const started = performance.now();
  const program = startProgram(lab.cores.proxy, command, env);
  const { port } = seat;
  try {
    const token = algorithm === 'RS256' ? lab.token : await lab.issuer.mint(labUser, algorithm);
    await untilTrue(() => answers(port, token), program);
    const firstAnswerMs = performance.now() - started;
    const proofs = await prove(peer, { port, token, user: labUser, hasPages: behind === 'backend' });
    const broken = proofs.filter(({ held }) => !held).map(({ what, seen }) => `not so: ${what} (${seen})`);
    if (broken.length > 0) throw new Error(`${peer.title}: ${broken.join('; ')}\n${program.output()}`);
    return { seat, pid: program.pid, port, token, firstAnswerMs, proofs, stop: program.stop };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

async function answers(port: number, token: string): Promise<boolean> {
  try {
    return (await oneRequest(port, pagePath, fieldLines(token))).status === 200;
  } catch {
    return false;
  }
}
