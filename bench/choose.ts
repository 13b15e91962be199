/** Which loads and peers a run is about, by the names on the command line. */
import type { Load } from './loads/load.ts';
import type { Peer } from './peers/peer.ts';

/** Loads whose name is listed, or begins with a listed word; all without a list. Throws at a word that fits none. */
export function chooseLoads(loads: readonly Load[], only: string | undefined): Load[] {
  if (only === undefined) return [...loads];
  const words = listed(only);
  const fits = (name: string, word: string): boolean => name === word || name.startsWith(`${word}-`);
  demand(words, word => loads.some(({ name }) => fits(name, word)), 'load', loads);
  return loads.filter(({ name }) => words.some(word => fits(name, word)));
}

/** Peers that are listed, and nginx; all without a list. Throws at a name that nobody has. */
export function choosePeers(peers: readonly Peer[], names: string | undefined): Peer[] {
  if (names === undefined) return [...peers];
  const words = listed(names);
  demand(words, word => peers.some(({ name }) => name === word), 'peer', peers);
  return peers.filter(({ name }) => name === 'nginx' || words.includes(name));
}

function listed(text: string): string[] {
  return text.split(',').map(word => word.trim());
}

function demand(
  words: readonly string[],
  isKnown: (word: string) => boolean,
  kind: string,
  all: readonly { readonly name: string }[],
): void {
  const unknown = words.filter(word => !isKnown(word));
  if (unknown.length > 0)
    throw new Error(`no such ${kind}: ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
}
