/** What the gate writes for the hub. */

import type { ClaimSource, ProofSource, UserSource } from './sources.ts';

/** What the gate writes, beyond or instead of what the preset says. Paths stand below baseUrl; the list with `/**` covers every path; `null` leaves it to the preset. */
export interface InjectConfig {
  /** `null`: as the preset has it; never `null` with `custom`. */
  readonly user: InjectUser | null;
  readonly mount: InjectMount | null;
  readonly data: readonly InjectData[];
  readonly onSpoof: 'strip' | 'refuse';
}

/** The identity header. */
export interface InjectUser {
  /** `null`: the one in headerFile, or else the preset's (`Remote-User` with `custom`). */
  readonly header: string | null;
  /** Holds a secret name; `null`: see `header`. */
  readonly headerFile: string | null;
  /** `null`: the preset's (`/hub/login` with `custom`). */
  readonly paths: readonly string[] | null;
}

/** What the plugin looks for in every mount (jhub_remote_auth_mount 0.0.6), in the order in which it is written. */
export const MOUNT_KEYS = ['HOST', 'USERNAME', 'PATH', 'MOUNTSSHPRIVATEKEY'] as const;

/** The mount header. */
export interface InjectMount {
  readonly header: string;
  /** Holds a secret name, which counts in place of `header`; `null`: none. */
  readonly headerFile: string | null;
  readonly from: ClaimSource | UserSource;
  /** Keys that a mount has beside MOUNT_KEYS, in the order in which they are written. */
  readonly keys: readonly string[];
  /** A user whose mount is not there, or can not be had now, logs in without one. */
  readonly optional: boolean;
  readonly paths: readonly string[] | null;
}

/** One data header. */
export interface InjectData {
  readonly header: string;
  readonly from: ProofSource | UserSource;
  readonly paths: readonly string[] | null;
}
