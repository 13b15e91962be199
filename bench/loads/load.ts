/** What a load is: who takes part, and what is measured of each. */
import type { Figures } from '../figures.ts';
import type { Lab } from '../lab/lab.ts';
import type { Peer } from '../peers/peer.ts';
import type { Scale } from '../scale.ts';
import type { Seated, Seating } from '../seating.ts';

/** All that a load can draw on. */
export type Bench = {
  readonly lab: Lab;
  readonly scale: Scale;
  /** Peers that are there and were asked for; the mandatory ones among them. */
  readonly peers: readonly Peer[];
};

/** A peer in a load, or a variant of one. */
export type Contestant = { readonly name: string; readonly peer: Peer };

/** A load that is ready to be played. */
export type Play = {
  /** The first one is the reference of the ratios. */
  readonly contestants: readonly Contestant[];
  readonly seating: Seating;
  /** Whether every round has a process of its own. */
  readonly fresh: boolean;
  /** Once for each process, before it is measured. */
  readonly warmUp: (seated: Seated, contestant: Contestant) => Promise<void>;
  /** One round; throws when anything but the expected was answered. */
  readonly measure: (seated: Seated, contestant: Contestant) => Promise<Figures>;
  /** Ends what the load itself started. */
  readonly close?: () => Promise<void>;
};

/** A load. */
export type Load = {
  readonly name: string;
  /** What is played, in a sentence. */
  readonly about: string;
  /** Figures whose drift at the reference makes the load invalid. */
  readonly judgedBy: readonly string[];
  readonly prepare: (bench: Bench) => Promise<Play>;
};
