/** `node scripts/image-root.ts FOLDER`: the build context of deploy/Dockerfile, every file of the image below FOLDER/root. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { bundle } from './bundle.ts';
import { checkoutRoot } from './checkout.ts';

/** The numeric user of the image, in its /etc/passwd and in deploy/Dockerfile. */
const userId = 65532;

const smallFiles: Readonly<Record<string, string>> = {
  'etc/passwd': `root:x:0:0:root:/:/sbin/nologin\nhubgate:x:${userId}:${userId}:hubgate:/:/sbin/nologin\n`,
  'etc/group': `root:x:0:\nhubgate:x:${userId}:\n`,
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** Lays the root file system out below `folder`/root, which must not be there yet. */
export async function layOutImage(folder: string): Promise<void> {
  const root = join(folder, 'root');
  if (existsSync(root)) throw new Error(`${root} is there already: give an empty folder`);
  const callersMask = process.umask(0o022);
  try {
    for (const [path, text] of Object.entries(smallFiles)) writeFileSync(place(root, path), text);
    mkdirSync(join(root, 'etc', 'hubgate'));
    copy('/etc/ssl/certs/ca-certificates.crt', place(root, 'etc/ssl/certs/ca-certificates.crt'));
    layOutNode(root);
    const packages = await bundle(place(root, 'opt/hubgate/hubgate.mjs'));
    layOutDocuments(join(root, 'usr/share/doc/hubgate'), packages);
  } finally {
    process.umask(callersMask);
  }
}

/** The pinned Node without its symbols, and the libraries that it loads from the machine that builds. */
function layOutNode(root: string): void {
  const pinned = join(nodePackage(), 'bin', 'node');
  const node = place(root, 'usr/local/bin/node');
  execFileSync('strip', ['-o', node, pinned]);
  chmodSync(node, 0o755);
  for (const library of sharedLibraries(pinned)) copy(library, place(root, library), 0o755);
}

function nodePackage(): string {
  const folder = join(checkoutRoot, 'node_modules', `node-linux-${process.arch}`);
  if (process.platform === 'linux' && existsSync(folder)) return folder;
  throw new Error(`an image is built on Linux x64 or arm64 after 'npm ci': ${folder} is not there`);
}

/** Absolute paths as the loader looks them up: the loader itself too, but not the kernel's vdso, which is no file. */
function sharedLibraries(program: string): string[] {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  if (listed.includes('not found')) throw new Error(`libraries of ${program} are missing here:\n${listed}`);
  return [...listed.matchAll(/(\/\S+) \(0x[0-9a-f]+\)/g)].flatMap(([, path]) => path ?? []);
}

function layOutDocuments(folder: string, packages: readonly string[]): void {
  const licences = [nodePackage(), ...packages.map(path => join(checkoutRoot, path))].map(licenceOf);
  writeFileSync(place(folder, 'THIRD-PARTY-LICENSES'), licences.join('\n\n'));
  for (const name of ['LICENSE', 'LICENSE-UNICODE', 'proxy.example.yaml'])
    copy(join(checkoutRoot, name), place(folder, name));
}

/** The licence that a package carries, under its name; the one that it names where it carries none. */
function licenceOf(folder: string): string {
  const file = readdirSync(folder).find(name => /^licen[cs]e/i.test(name));
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { license?: string };
  const text = file === undefined ? `${license ?? 'no licence given'}\n` : readFileSync(join(folder, file), 'utf8');
  return `==== ${basename(folder)} ====\n\n${text}`;
}

function copy(from: string, to: string, mode = 0o644): void {
  copyFileSync(realpathSync(from), to);
  chmodSync(to, mode);
}

/** The absolute path of a file in `folder`, with the folders on the way made. */
function place(folder: string, path: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

if (import.meta.main) {
  const [folder, ...rest] = process.argv.slice(2);
  if (folder === undefined || rest.length > 0) {
    process.stderr.write('usage: node scripts/image-root.ts FOLDER\n');
    process.exitCode = 64;
  } else {
    await layOutImage(resolve(folder));
  }
}
