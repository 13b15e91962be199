/** `docs/performance.md`, made from results and from nothing else. */
import type { Results } from '../results.ts';
import { peersAhead } from './ahead.ts';
import { loadNamed } from './lookup.ts';
import { loadTable, markdownTable, peersTable } from './markdown.ts';
import { isReached, type Target, targets } from './targets.ts';

/** The whole page; throws for results of a quick run, which mean nothing. */
export function performancePage(results: Results): string {
  if (results.quick) throw new Error('these results are of a quick run: nothing in them was measured');
  const ahead = peersAhead(results);
  return `<!-- Made by \`npm run bench -- --report FILE\`; do not edit by hand. -->
# Performance

${introduction(results)}

![CPU per request against nginx](performance.svg)

## Targets

${targetsTable(results)}
Ratios are medians of the rounds' ratios, so a drift of the machine falls out of them. Absolute figures hold for this machine and this run alone.

## Where peers are ahead

${ahead.length === 0 ? 'Nowhere by more than 5 % in this run.' : `By more than 5 %, peers that check nothing included:\n\n${ahead.map(line => `- ${line}`).join('\n')}`}

## What was not measured

${notMeasured(results)
  .map(line => `- ${line}`)
  .join('\n')}

## Peers

${peersTable(results)}
## Loads

${results.loads.map(load => `### ${load.name}\n\n${loadTable(load)}`).join('\n')}`;
}

function introduction({ commands, date, machine, rounds }: Results): string {
  const { cores, memoryGiB, architecture, kernel, node } = machine;
  return `Measured on ${date.slice(0, 10)} with

${commands.map(command => `    ${command}`).join('\n')}

on a virtual machine with ${cores} cores (${architecture}), ${memoryGiB} GiB of memory, Linux ${kernel}, Node ${node.slice(1)}; at least ${rounds} rounds of each load, which the last of the commands that names it measured.
The proxy has one core, the client (wrk) and the server behind (nginx, 1 KiB) share the other. One process, worker or thread each. A request has
14 field lines in 1.8 KB: cookies, a bearer token of 1 KB, three spoofed identity fields. The gate is the bundle with every limit, timeout and its audit line on; peers write no access log.
CPU is that of the proxy's whole process tree, by the kernel's own account. Each round of a peer stands between two rounds of the reference.`;
}

function targetsTable(results: Results): string {
  const rows = targets.map(target => {
    const value = target.measured(results);
    const valid = loadNamed(results, target.load)?.valid !== false;
    return [
      target.what,
      boundOf(target),
      value === null ? '–' : shown(value, target.unit),
      verdict(target, value, valid),
    ];
  });
  return markdownTable(['figure', 'target', 'measured', ''], rows);
}

function verdict(target: Target, value: number | null, valid: boolean): string {
  if (value === null) return 'not measured';
  if (!valid) return 'invalid: the reference drifted';
  return isReached(target, value) ? 'reached' : '**missed**';
}

function boundOf({ atMost, atLeast, unit }: Target): string {
  return atMost === undefined ? `≥ ${shown(atLeast ?? 0, unit)}` : `≤ ${shown(atMost, unit)}`;
}

function shown(value: number, unit: string): string {
  return unit === '×' ? value.toFixed(2) : `${value.toFixed(1)} ${unit}`;
}

function notMeasured({ peers, loads }: Results): string[] {
  const missing = peers.filter(({ version }) => version === null);
  const unplayed = targets.filter(({ load }) => loads.every(({ name }) => name !== load)).map(({ load }) => load);
  return [
    ...missing.map(({ title }) => `${title}: it was not there.`),
    ...[...new Set(unplayed)].map(load => `The load \`${load}\`.`),
    'More than one core: two cores that also carry the client can not show how anything scales.',
    'TLS on either side, HTTP/2, real networks: everything goes over loopback.',
    'The hub itself: the server behind answers at once, as no JupyterHub does.',
    'Access logs of the peers: they are off, the gate writes its audit line for every request.',
    "Equal refusals: HAProxy's are 189 bytes and leave no trace; the gate's are some 600, with a reason and an id, and in the audit trail.",
    'The memory that the kernel keeps for sockets.',
  ];
}
