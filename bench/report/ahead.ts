/** Where a peer is ahead of the gate. */
import { figureTable } from '../figures.ts';
import type { LoadResult, Results } from '../results.ts';
import { ratioBetween } from './lookup.ts';

/** Less than this is no lead on a shared machine. */
const noise = 1.05;

/** A line of Markdown for each peer and load: in which figures, and by how much. */
export function peersAhead({ loads, peers }: Results): string[] {
  const others = peers.filter(({ name }) => name !== 'hubgate');
  return others.flatMap(({ name, title }) =>
    loads.flatMap(load => {
      const leads = leadsOf(load, name);
      return leads.length === 0 ? [] : [`${title}, \`${load.name}\`: ${leads.join(', ')}`];
    }),
  );
}

function leadsOf(load: LoadResult, peer: string): string[] {
  const figures = Object.keys(load.contestants[0]?.figures ?? {});
  return figures.flatMap(name => {
    const kind = figureTable.get(name);
    const ratio = ratioBetween(load, 'hubgate', peer, name);
    if (kind === undefined || ratio === null) return [];
    const lead = kind.better === 'less' ? ratio : 1 / ratio;
    return lead > noise ? [`${kind.title} ${lead.toFixed(2)}×`] : [];
  });
}
