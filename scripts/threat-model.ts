/** Writes docs/threat-model.md out of the attack catalogue: `node scripts/threat-model.ts`; with `--check`, says what is wrong with either. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttackRow, type Door, doorsOf } from '../test/attacks/attack.ts';
import { type CatalogueRow, catalogue, type LaterEntry, later } from '../test/attacks/catalogue.ts';
import { attackFamilies } from '../test/attacks/rows/all.ts';
import { checkoutRoot } from './checkout.ts';

/** All that is said about attacks. */
export interface ThreatModel {
  readonly catalogue: readonly CatalogueRow[];
  readonly later: readonly LaterEntry[];
  readonly families: Readonly<Record<string, readonly AttackRow[]>>;
}

/** A row is one class of attacks, and one spelling shows little of a class. */
const fewestSpellings = 4;

const pageFile = join(checkoutRoot, 'docs', 'threat-model.md');

const families: Readonly<Record<string, string>> = {
  H: 'Identity smuggled in headers, cookies and claims',
  P: 'Paths, routes and framing',
  T: 'Trust of the peer',
  J: 'Tokens, and whose they are',
  R: 'Answers',
  S: 'Around the gate',
  M: 'What hurts the hub itself',
};

function repeats(texts: readonly string[]): string[] {
  return texts.filter((text, at) => texts.indexOf(text) < at);
}

function rowFaults({ id }: CatalogueRow, { later, families }: ThreatModel): string[] {
  const row = families[id.charAt(0)]?.find(each => each.id === id);
  if (row === undefined) {
    const waits = later.some(entry => entry.row === id && entry.spelling === 'all');
    return waits ? [] : [`${id} has no test, and no entry for all of it in later.json`];
  }
  const few = row.spellings.length < fewestSpellings ? [`${id} has fewer than ${fewestSpellings} spellings`] : [];
  const twice = repeats(row.spellings.flatMap(each => doorsOf(each).map(door => `${each.name}, by ${door}`)));
  return [...few, ...twice.map(name => `${id} has two spellings called ${name}`)];
}

/** What lacks a test, an entry or a place; `pages` are texts that name rows. */
export function threatModelFaults(model: ThreatModel, pages: Readonly<Record<string, string>>): string[] {
  const ids = model.catalogue.map(({ id }) => id);
  const tested = Object.values(model.families).flatMap(rows => rows.map(({ id }) => id));
  const unknown = (id: string): boolean => !ids.includes(id);
  const named = Object.entries(pages).flatMap(([file, text]) =>
    [...new Set(text.match(/\b[HPTJRSM][0-9]{1,2}\b/g))]
      .filter(unknown)
      .map(id => `${file} names ${id}, which is no row`),
  );
  return [
    ...repeats([...ids]).map(id => `${id} stands twice in the catalogue`),
    ...repeats(tested).map(id => `${id} is tested in two places`),
    ...tested.filter(unknown).map(id => `${id} is tested, and no row`),
    ...model.later
      .filter(({ row }) => row !== 'every' && unknown(row))
      .map(({ row }) => `later.json names ${row}, which is no row`),
    ...model.catalogue.flatMap(row => rowFaults(row, model)),
    ...named,
  ];
}

function counted({ id }: CatalogueRow, rows: readonly AttackRow[]): string {
  const doors = rows.filter(row => row.id === id).flatMap(row => row.spellings.flatMap(doorsOf));
  const parts = (['proxy', 'websocket', 'config'] satisfies Door[]).map(door => {
    const count = doors.filter(each => each === door).length;
    return count === 0 ? '' : `${count} ${door}`;
  });
  return parts.filter(part => part !== '').join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('__proto__', '`__proto__`');
}

function tableRow(row: CatalogueRow, model: ThreatModel): string {
  const waiting = model.later.filter(entry => entry.row === row.id);
  const cells = [
    row.id,
    row.title,
    row.behaviour,
    counted(row, model.families[row.id.charAt(0)] ?? []),
    waiting.map(({ spelling, waitsFor }) => `${spelling} (${waitsFor})`).join('; '),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function section(family: string, title: string, model: ThreatModel): string {
  const rows = model.catalogue.filter(({ id }) => id.startsWith(family));
  return `## ${family}. ${title}

Spellings: [\`test/attacks/rows/${family.toLowerCase()}.ts\`](../test/attacks/rows/${family.toLowerCase()}.ts).

| row | what it is | what the gate does | spellings held | waits for |
| --- | ---------- | ------------------ | -------------- | --------- |
${rows.map(row => tableRow(row, model)).join('\n')}
`;
}

/** The page: a section a family, a line a row. */
export function threatModelPage(model: ThreatModel): string {
  const everywhere = model.later.filter(({ row }) => row === 'every');
  return `# Threat model

What a gateway in front of JupyterHub is attacked with, row by row, and what this one does. A row is a class of attacks; its spellings are
data, and each is played over sockets through every door that can receive it: an HTTP request (proxy), a WebSocket handshake
(websocket), the operator's file (config). A spelling is held when it is refused with its reason and nothing reaches the hub, or when the hub
gets exactly the lines that it would get without the attack. Tokens have their own tests in \`test/identity\` and \`test/contract\`.

\`npm run attacks\` plays all of it and prints what is held. This page is made from \`test/attacks\` by \`scripts/threat-model.ts\`.

${Object.entries(families)
  .map(([family, title]) => section(family, title, model))
  .join('\n')}
## In every row

${everywhere.map(({ spelling, waitsFor }) => `- ${spelling}: waits for ${waitsFor}.`).join('\n')}
`;
}

function check(model: ThreatModel): string[] {
  const pages = Object.fromEntries(
    ['README.md', 'docs/threat-model.md'].map(file => [file, readFileSync(join(checkoutRoot, file), 'utf8')]),
  );
  const stale = pages['docs/threat-model.md'] !== threatModelPage(model);
  return [
    ...threatModelFaults(model, pages),
    ...(stale ? ['docs/threat-model.md is not what test/attacks makes of it: node scripts/threat-model.ts'] : []),
  ];
}

/** What the checkout says. */
export const threatModel: ThreatModel = { catalogue, later, families: attackFamilies };

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const faults = check(threatModel);
    process.stdout.write(faults.map(fault => `${fault}\n`).join(''));
    process.exitCode = faults.length === 0 ? 0 : 1;
  } else writeFileSync(pageFile, threatModelPage(threatModel));
}
