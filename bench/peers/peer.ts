/** What the yardstick must know of a proxy to start it, prove it and measure it. */
import type { Algorithm } from '../lab/issuer.ts';
import type { Lab } from '../lab/lab.ts';
import type { Command } from '../machine/programs.ts';

/** A proxy that is measured. */
export type Peer = {
  /** Short name for options and results. */
  readonly name: string;
  /** What it is and how it is set up, in a few words. */
  readonly title: string;
  /** What of the gate's job it does; that much is proven before it is measured. */
  readonly does: 'everything' | 'headers' | 'nothing';
  /** Which signatures it can be set up to verify here. */
  readonly algorithms: readonly Algorithm[];
  /** Without it there is no yardstick. */
  readonly mandatory: boolean;
  /** How to get it. */
  readonly install: string;
  /** Its version; null when it is not there. */
  readonly version: () => string | null;
  /** Writes its files and says how it is run. */
  readonly launch: (seat: Seat) => Promise<Launch>;
};

/** Where a peer sits for one load. */
export type Seat = {
  readonly lab: Lab;
  readonly port: number;
  /** The server behind it. */
  readonly backendPort: number;
  /** Its own folder, relative to the lab's. */
  readonly folder: string;
  /** What the load's tokens are signed with. */
  readonly algorithm: Algorithm;
};

/** How a peer is run. */
export type Launch = { readonly command: Command; readonly env?: NodeJS.ProcessEnv };
