/** The plot: CPU per request of every peer as a multiple of nginx's, as SVG. */
import type { Results } from '../results.ts';
import { contestantOf, loadNamed } from './lookup.ts';

type Bar = { readonly title: string; readonly load: string; readonly ratio: number; readonly isGate: boolean };

const plotted = ['repeated', 'varying'];
const rowHeight = 44;
const barHeight = 16;
const left = 300;
const barWidth = 420;
const width = 810;
const top = 56;

/** Shortest bars first; empty when neither load was measured. */
export function costPlot(results: Results): string {
  const rows = rowsOf(results);
  const longest = Math.max(1, ...rows.flat().map(({ ratio }) => ratio));
  const height = top + rows.length * rowHeight + 12;
  const drawn = rows.map((bars, row) => drawRow(bars, top + row * rowHeight, longest));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">
<title>CPU per request against nginx without auth</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="16" y="24" font-size="15" font-weight="bold" fill="#1f2328">CPU per request, nginx without auth = 1 (less is better)</text>
${legend()}
${drawn.join('\n')}
</svg>
`;
}

function rowsOf(results: Results): Bar[][] {
  return results.peers
    .map(({ name, title }) =>
      plotted.flatMap(load => {
        const found = contestantOf(loadNamed(results, load), name);
        const isReference = loadNamed(results, load)?.reference === name;
        const ratio = isReference ? 1 : found?.ratios['cpuMicros'];
        return found === null || ratio === undefined ? [] : [{ title, load, ratio, isGate: name === 'hubgate' }];
      }),
    )
    .filter(bars => bars.length > 0)
    .sort((a, b) => (a[0]?.ratio ?? 0) - (b[0]?.ratio ?? 0));
}

function legend(): string {
  return plotted
    .map((load, index) => {
      const x = 16 + index * 170;
      const about = load === 'repeated' ? 'one token' : '2 000 tokens in turn';
      return `<rect x="${x}" y="34" width="12" height="12" fill="${colour(load, false)}"/><text x="${x + 18}" y="45" fill="#1f2328">${about}</text>`;
    })
    .join('\n');
}

function drawRow(bars: readonly Bar[], y: number, longest: number): string {
  const [first] = bars;
  const weight = first?.isGate === true ? ' font-weight="bold"' : '';
  const label = `<text x="${left - 10}" y="${y + barHeight + 5}" text-anchor="end" fill="#1f2328"${weight}>${escaped(first?.title ?? '')}</text>`;
  const drawn = bars.map(({ load, ratio, isGate }, index) => {
    const length = Math.max(1, (ratio / longest) * barWidth);
    const at = y + index * (barHeight + 2);
    return `<rect x="${left}" y="${at}" width="${length.toFixed(1)}" height="${barHeight}" fill="${colour(load, isGate)}"/><text x="${(left + length + 6).toFixed(1)}" y="${at + 13}" fill="#1f2328">${ratio.toFixed(2)}</text>`;
  });
  return [label, ...drawn].join('\n');
}

function colour(load: string, isGate: boolean): string {
  if (isGate) return load === 'repeated' ? '#c4540a' : '#f0a36b';
  return load === 'repeated' ? '#57606a' : '#a9b1ba';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
