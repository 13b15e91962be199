/** Reads what the layer rules are about: our own source files, and the names of the runtime packages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Source files by their path from the root, with forward slashes. */
export type SourceTree = ReadonlyMap<string, string>;

/** The `.ts` files of the checkout that the rules are about. */
export function readSourceTree(root: string): SourceTree {
  const files = ['bench', 'bin', 'scripts', 'src', 'test'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(file => posix.join(folder, file)),
  );
  return new Map(
    files.filter(file => file.endsWith('.ts')).map(file => [file, readFileSync(join(root, file), 'utf8')]),
  );
}

/** Names of the runtime packages in package.json. */
export function runtimeDependencies(root: string): string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const listed =
    manifest !== null && typeof manifest === 'object' && 'dependencies' in manifest ? manifest.dependencies : {};
  return Object.keys(listed ?? {});
}
