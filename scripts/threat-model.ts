/** Writes docs/threat-model.md out of the attack catalogue: `node scripts/threat-model.ts`; with `--check`, says what is wrong with either. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type AttackRow, type Door, doorsOf } from '../test/attacks/attack.ts';
import { type CatalogueRow, catalogue, type LaterEntry, later } from '../test/attacks/catalogue.ts';
import { attackFiles } from '../test/attacks/rows/all.ts';
import { checkoutRoot } from './checkout.ts';

/** All that is said about attacks. */
export interface ThreatModel {
  readonly catalogue: readonly CatalogueRow[];
  readonly later: readonly LaterEntry[];
  /** Rows by the file that holds them. */
  readonly files: Readonly<Record<string, readonly AttackRow[]>>;
  /** The text of each file that a row says holds it; null: there is none. */
  readonly tests: Readonly<Record<string, string | null>>;
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

/** The row with its spellings, and the file that holds it. */
function heldIn({ files }: ThreatModel, id: string): { readonly file: string; readonly row: AttackRow } | undefined {
  return Object.entries(files)
    .flatMap(([file, rows]) => rows.map(row => ({ file, row })))
    .find(({ row }) => row.id === id);
}

/** A title, not a comment: `t.test('J12 …'`. */
function hasTestOf(id: string, text: string): boolean {
  return new RegExp(`\\btest\\(\\s*(['"\`])(?:(?!\\1).)*\\b${id}\\b`).test(text);
}

function heldByFaults({ id, heldBy = [] }: CatalogueRow, { tests }: ThreatModel): string[] {
  return heldBy.flatMap(file => {
    const text = tests[file] ?? null;
    if (text === null) return [`${id} is held by ${file}, which is not there`];
    return hasTestOf(id, text) ? [] : [`${id} is held by ${file}, where no test's title names it`];
  });
}

function spellingFaults({ id, spellings }: AttackRow): string[] {
  const few = spellings.length < fewestSpellings ? [`${id} has fewer than ${fewestSpellings} spellings`] : [];
  const twice = repeats(spellings.flatMap(each => doorsOf(each).map(door => `${each.name}, by ${door}`)));
  return [...few, ...twice.map(name => `${id} has two spellings called ${name}`)];
}

function rowFaults(row: CatalogueRow, model: ThreatModel): string[] {
  const { id, heldBy = [] } = row;
  const held = heldIn(model, id);
  const waits = model.later.some(entry => entry.row === id && entry.spelling === 'all');
  return [
    ...(held === undefined ? [] : spellingFaults(held.row)),
    ...heldByFaults(row, model),
    ...(held !== undefined || heldBy.length > 0 || waits
      ? []
      : [`${id} has no test, and no entry for all of it in later.json`]),
  ];
}

/** What lacks a test, an entry or a place; `pages` are texts that name rows. */
export function threatModelFaults(model: ThreatModel, pages: Readonly<Record<string, string>>): string[] {
  const ids = model.catalogue.map(({ id }) => id);
  const tested = Object.values(model.files).flatMap(rows => rows.map(({ id }) => id));
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

function counted({ spellings }: AttackRow): string {
  const doors = spellings.flatMap(doorsOf);
  const parts = (['proxy', 'websocket', 'config'] satisfies Door[]).map(door => {
    const count = doors.filter(each => each === door).length;
    return count === 0 ? '' : `${count} ${door}`;
  });
  return parts.filter(part => part !== '').join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('__proto__', '`__proto__`');
}

function linked(name: string, file: string): string {
  return `[${name}](../${file})`;
}

/** How often it is held, and by what. */
function holders({ id, heldBy = [] }: CatalogueRow, model: ThreatModel): string {
  const held = heldIn(model, id);
  const spellings = held === undefined ? [] : [linked(counted(held.row), `test/attacks/rows/${held.file}`)];
  return [...spellings, ...heldBy.map(file => linked(basename(file, '.test.ts'), file))].join('; ');
}

function tableRow(row: CatalogueRow, model: ThreatModel): string {
  const waiting = model.later.filter(entry => entry.row === row.id);
  const cells = [
    row.id,
    row.title,
    row.behaviour,
    holders(row, model),
    waiting.map(({ spelling, waitsFor }) => `${spelling} (${waitsFor})`).join('; '),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function section(family: string, title: string, model: ThreatModel): string {
  const rows = model.catalogue.filter(({ id }) => id.startsWith(family));
  return `## ${family}. ${title}

| row | what it is | what the gate does | held by | waits for |
| --- | ---------- | ------------------ | ------- | --------- |
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
gets exactly the lines that it would get without the attack. The number of spellings links to them; what is no bytes of a client, such as an
issuer that lies, is held by a test of its own.

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

function testsNamed(): ThreatModel['tests'] {
  const files = new Set(catalogue.flatMap(({ heldBy = [] }) => heldBy));
  const textOf = (file: string): string | null => {
    const path = join(checkoutRoot, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
  return Object.fromEntries([...files].map(file => [file, textOf(file)]));
}

/** What the checkout says. */
export const threatModel: ThreatModel = { catalogue, later, files: attackFiles, tests: testsNamed() };

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const faults = check(threatModel);
    process.stdout.write(faults.map(fault => `${fault}\n`).join(''));
    process.exitCode = faults.length === 0 ? 0 : 1;
  } else writeFileSync(pageFile, threatModelPage(threatModel));
}
