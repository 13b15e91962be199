/** Another proxy, set up as its own documentation says for an application that believes a header. */
import type { Command } from '../../../bench/machine/programs.ts';

/** Where it sits for the time of the attacks. */
export interface PeerSeat {
  readonly port: number;
  /** The server behind it. */
  readonly backendPort: number;
  /** An authorization server: 200 with `Remote-User` for alice's password, else 401. */
  readonly authorizationPort: number;
  /** Its own folder, which exists. */
  readonly folder: string;
}

/** How it is run. */
export interface PeerLaunch {
  readonly command: Command;
  readonly env?: NodeJS.ProcessEnv;
  /** The value of Authorization that proves alice; her password when absent. */
  readonly proof?: string;
}

/** A proxy that is attacked for comparison. */
export interface AttackPeer {
  readonly name: string;
  readonly title: string;
  /** Debian's packages for it. */
  readonly packages: readonly string[];
  /** Its version; null when it is not there. */
  readonly version: () => string | null;
  /** Writes its files. */
  readonly launch: (seat: PeerSeat) => PeerLaunch;
}

/** What alice proves herself with to any of them. */
export const password = 'correct horse';

/** The same as the value of Authorization. */
export const basic: string = `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`;
