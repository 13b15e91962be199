/** Holds the architecture: a pure function over the source tree that returns every breach of layer-rules.ts, and a command line for it. */
import { posix } from 'node:path';
import { checkoutRoot } from './checkout.ts';
import {
  brands,
  deterministicRooms,
  emptyNames,
  impurities,
  layers,
  pureNodeFunctions,
  pureNodeModules,
  pureRooms,
} from './layer-rules.ts';
import { codeOf, type Import, importsOf } from './source-code.ts';
import { readSourceTree, runtimeDependencies, type SourceTree } from './source-tree.ts';

/** The closed list of what this check can find. */
export type LayerRule = 'name' | 'room' | 'direction' | 'circle' | 'io' | 'impurity' | 'dependency' | 'brand';

/** One breach: the file it stands in, the rule, and what is wrong. */
export type Violation = { readonly file: string; readonly rule: LayerRule; readonly message: string };

/** What the rules look at: the tree, the files of the product in it, and what each file imports (relative specifiers resolved to paths). */
type Graph = {
  readonly tree: SourceTree;
  readonly product: readonly string[];
  readonly imports: ReadonlyMap<string, readonly Import[]>;
};

const rules: readonly ((graph: Graph, dependencies: readonly string[]) => Violation[])[] = [
  namesWithoutIdea,
  unknownRooms,
  importsUpwards,
  circles,
  inputOutput,
  impureCode,
  scatteredDependencies,
  scatteredCasts,
];

/** Every breach in the tree; `dependencies` are the names of the runtime packages. */
export function layerViolations(tree: SourceTree, dependencies: readonly string[]): Violation[] {
  const product = [...tree.keys()].filter(file => file.startsWith('src/') || file.startsWith('bin/'));
  const imports = new Map(
    [...tree].map(([file, text]) => [
      file,
      importsOf(text).map(({ specifier, names }) => ({ specifier: resolved(file, specifier), names })),
    ]),
  );
  return rules.flatMap(rule => rule({ tree, product, imports }, dependencies));
}

function namesWithoutIdea({ tree }: Graph): Violation[] {
  return [...tree.keys()].flatMap(file =>
    file
      .replace(/(?:\.test)?\.ts$/, '')
      .split('/')
      .filter(part => emptyNames.has(part))
      .map((part): Violation => ({ file, rule: 'name', message: `"${part}" names no idea` })),
  );
}

function unknownRooms({ product }: Graph): Violation[] {
  return product
    .filter(file => rankOf(file) === -1)
    .map(file => ({ file, rule: 'room', message: `no layer is called "${roomOf(file)}"` }));
}

function importsUpwards({ product, imports }: Graph): Violation[] {
  return product.flatMap(file =>
    targetsOf(file, imports)
      .filter(target => isPath(target) && roomOf(target) !== roomOf(file) && rankOf(target) <= rankOf(file))
      .map((target): Violation => ({ file, rule: 'direction', message: `${roomOf(file)} may not import ${target}` })),
  );
}

/** Depth-first; a circle is told once, from the file it was first entered by. */
function circles({ tree, imports }: Graph): Violation[] {
  const found: Violation[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) {
      const circle = [...trail.slice(trail.indexOf(file)), file];
      found.push({ file, rule: 'circle', message: circle.join(' -> ') });
      return;
    }
    if (done.has(file)) return;
    for (const target of targetsOf(file, imports)) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of tree.keys()) visit(file, []);
  return found;
}

function inputOutput({ product, imports }: Graph): Violation[] {
  return product.flatMap(file => {
    const exceptions = pureRooms.get(roomOf(file));
    if (exceptions === undefined) return [];
    return (imports.get(file) ?? [])
      .filter(({ specifier }) => specifier.startsWith('node:') && exceptions.get(file)?.includes(specifier) !== true)
      .filter(used => !isPure(used))
      .map(
        ({ specifier }): Violation => ({
          file,
          rule: 'io',
          message: `${roomOf(file)} does no I/O, it may not import ${specifier}`,
        }),
      );
  });
}

function impureCode({ tree, product }: Graph): Violation[] {
  return product
    .filter(file => deterministicRooms.has(roomOf(file)))
    .flatMap(file => {
      const code = codeOf(tree.get(file) ?? '');
      return [...impurities]
        .filter(([, pattern]) => pattern.test(code))
        .map(([name]): Violation => ({ file, rule: 'impurity', message: `${roomOf(file)} may not use ${name}` }));
    });
}

function scatteredDependencies({ product, imports }: Graph, dependencies: readonly string[]): Violation[] {
  return dependencies.flatMap(dependency => {
    const files = product.filter(file => targetsOf(file, imports).some(target => packageOf(target) === dependency));
    return files.slice(1).map(
      (file): Violation => ({
        file,
        rule: 'dependency',
        message: `${dependency} is imported in ${files.join(' and ')}; it has one place`,
      }),
    );
  });
}

function scatteredCasts({ tree }: Graph): Violation[] {
  return brands.flatMap(brand => {
    const cast = new RegExp(`\\bas\\s+(?:readonly\\s+)?${brand}\\b`);
    const files = [...tree].filter(([, text]) => cast.test(codeOf(text))).map(([file]) => file);
    return files.slice(1).map(
      (file): Violation => ({
        file,
        rule: 'brand',
        message: `only one file may cast to ${brand}: ${files.join(', ')}`,
      }),
    );
  });
}

function targetsOf(file: string, imports: Graph['imports']): string[] {
  return (imports.get(file) ?? []).map(({ specifier }) => specifier);
}

function isPure({ specifier, names }: Import): boolean {
  const functions = pureNodeFunctions.get(specifier);
  return (
    pureNodeModules.has(specifier) || (functions !== undefined && names?.every(name => functions.has(name)) === true)
  );
}

/** `src/gate/x.ts` stands in gate, `src/policy.ts` in policy, `bin/x.ts` in bin. */
function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
}

/** Its row from the top; -1 for what is no layer, so that importing it is upwards from everywhere. */
function rankOf(file: string): number {
  return layers.findIndex(row => row.includes(roomOf(file)));
}

function resolved(file: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
}

/** Whether an import leads to a file of ours and not to a package. */
function isPath(target: string): boolean {
  return target.endsWith('.ts') || target.startsWith('../');
}

/** `@scope/name/deep` and `name/deep` belong to `@scope/name` and `name`. */
function packageOf(target: string): string {
  return target.split('/', target.startsWith('@') ? 2 : 1).join('/');
}

if (import.meta.main) {
  const violations = layerViolations(readSourceTree(checkoutRoot), runtimeDependencies(checkoutRoot));
  for (const { file, rule, message } of violations) process.stdout.write(`${file}: ${rule}: ${message}\n`);
  process.stdout.write(`${violations.length} layer violations\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
