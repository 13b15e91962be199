/** The layers as tables: who stands above whom, and what a room may not touch. */

/** Rooms from the top down; rooms of one row may not import one another. */
export const layers: readonly (readonly string[])[] = [
  ['bin'],
  ['main'],
  ['cli'],
  ['demo'],
  ['serve'],
  ['reload'],
  ['policy', 'doors'],
  ['wire', 'hub', 'identity', 'observe'],
  ['gate'],
  ['config'],
  ['expression'],
  ['http'],
  ['clock'],
];

/** Node's modules that do no I/O: the pure rooms may use these alone. */
export const pureNodeModules: ReadonlySet<string> = new Set([
  'node:assert',
  'node:buffer',
  'node:crypto',
  'node:path',
  'node:querystring',
  'node:string_decoder',
  'node:url',
  'node:util',
]);

/** Functions that do no I/O, of Node's modules that do. */
export const pureNodeFunctions: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['node:net', new Set(['isIP', 'isIPv4', 'isIPv6'])],
]);

/** Rooms without I/O, and the files of theirs that are let off for the named modules. */
export const pureRooms: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> = new Map([
  ['gate', new Map()],
  ['expression', new Map([['src/expression/library.ts', ['node:module']]])],
  ['http', new Map()],
  [
    'config',
    new Map([
      ['src/config/load.ts', ['node:fs']],
      ['src/config/regular-file.ts', ['node:fs', 'node:fs/promises']],
    ]),
  ],
]);

/** Rooms that are a function of their arguments: no clock, no chance, no timer, no output. */
export const deterministicRooms: ReadonlySet<string> = new Set(['gate', 'expression', 'http']);

/** What makes code depend on more than its arguments, by the name that a report gives it. */
export const impurities: ReadonlyMap<string, RegExp> = new Map([
  ['Date.now', /\bDate\s*\.\s*now\b/],
  ['new Date()', /\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())/],
  ['performance', /\bperformance\s*\./],
  ['console', /(?<!\.)\bconsole\s*[.[]/],
  ['process', /(?<![.\w])process\s*[.[]/],
  ['a timer', /\b(?:setTimeout|setInterval|setImmediate)\s*\(/],
  ['Math.random', /\bMath\s*\.\s*random\b/],
  ['fetch', /(?<!\.)\bfetch\s*\(/],
]);

/** Types that only their own stage may make: at most one file may cast to each. */
export const brands: readonly string[] = [
  'AcceptedRequest',
  'SanitisedRequest',
  'IdentifiedRequest',
  'OutboundRequest',
];

/** File and folder names that name no idea. */
export const emptyNames: ReadonlySet<string> = new Set([
  'index',
  'types',
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
]);
