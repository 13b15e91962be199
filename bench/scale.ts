/** How much of everything a run plays: the real thing, and the quick one that only shows that it works. */

/** Amounts of a run. */
export type Scale = {
  readonly rounds: number;
  /** Whether the reference is played after every contestant, or after the last one of a round alone. */
  readonly referenceBetween: boolean;
  readonly warmUpMs: number;
  readonly roundMs: number;
  readonly connections: number;
  /** Tokens that are sent in turn. */
  readonly tokens: number;
  /** Tokens that are sent once, and once only. */
  readonly coldTokens: number;
  readonly bulkStreams: number;
  /** One of the backend's sizes. */
  readonly bulkMiB: number;
  readonly echoSockets: number;
  readonly idleSockets: number;
  /** How long memory may take to come to rest. */
  readonly settleMs: number;
  readonly openLoopMs: number;
  readonly growthConnections: number;
  readonly growthIssuers: number;
  readonly growthRules: number;
  readonly growthUsers: number;
};

/** What results are made with. */
export const fullScale: Scale = {
  rounds: 7,
  referenceBetween: true,
  warmUpMs: 2000,
  roundMs: 2000,
  connections: 64,
  tokens: 2000,
  coldTokens: 20_000,
  bulkStreams: 4,
  bulkMiB: 256,
  echoSockets: 64,
  idleSockets: 5000,
  settleMs: 2000,
  openLoopMs: 3000,
  growthConnections: 10_000,
  growthIssuers: 100,
  growthRules: 100,
  growthUsers: 1000,
};

/** One short round of everything: no figure of it means anything. */
export const quickScale: Scale = {
  rounds: 1,
  referenceBetween: false,
  warmUpMs: 100,
  roundMs: 200,
  connections: 16,
  tokens: 50,
  coldTokens: 200,
  bulkStreams: 2,
  bulkMiB: 16,
  echoSockets: 8,
  idleSockets: 100,
  settleMs: 50,
  openLoopMs: 200,
  growthConnections: 200,
  growthIssuers: 5,
  growthRules: 10,
  growthUsers: 20,
};

/** Descriptors that a process needs beside those of the connections that are counted. */
const spareFiles = 1000;

/** The same with no more connections than a process may have open files; a tunnel takes two. */
export function fittedTo(mostFiles: number, scale: Scale): Scale {
  const room = mostFiles - spareFiles;
  return {
    ...scale,
    growthConnections: Math.min(scale.growthConnections, room),
    idleSockets: Math.min(scale.idleSockets, Math.floor(room / 2)),
  };
}
