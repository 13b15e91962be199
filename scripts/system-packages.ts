/** What the tests need of the operating system: a table of packages, and installing those that are missing. */
import { spawnSync } from 'node:child_process';

/** A package, and how to tell that it is there. */
type SystemPackage = {
  /** Debian's name for it. */
  readonly name: string;
  /** A command that succeeds when it is there. */
  readonly probe: readonly [program: string, ...args: string[]];
};

/** What the yardstick (`npm run bench`) can not do without; a test runs it. */
export const yardstickPackages: readonly SystemPackage[] = [
  { name: 'nginx', probe: ['nginx', '-v'] },
  { name: 'haproxy', probe: ['haproxy', '-v'] },
  { name: 'wrk', probe: ['sh', '-c', 'command -v wrk'] },
  { name: 'util-linux', probe: ['taskset', '--version'] },
];

/** A sign-in proxy that tests run. */
const signInProxyPackages: readonly SystemPackage[] = [
  { name: 'apache2', probe: ['apache2', '-v'] },
  { name: 'libapache2-mod-auth-openidc', probe: ['test', '-e', '/usr/lib/apache2/modules/mod_auth_openidc.so'] },
];

/** What `npm run attacks -- --peers` compares with. */
export const attackPeerPackages: readonly SystemPackage[] = [
  ...signInProxyPackages,
  { name: 'nginx', probe: ['nginx', '-v'] },
  { name: 'haproxy', probe: ['haproxy', '-v'] },
  { name: 'apache2-utils', probe: ['sh', '-c', 'command -v htpasswd'] },
  { name: 'caddy', probe: ['caddy', 'version'] },
  { name: 'util-linux', probe: ['taskset', '--version'] },
];

const testPackages: readonly SystemPackage[] = [
  ...yardstickPackages,
  ...signInProxyPackages,
  { name: 'chromium', probe: ['sh', '-c', 'command -v chromium'] },
  { name: 'python3-venv', probe: ['python3', '-c', 'import ensurepip, venv'] },
  { name: 'curl', probe: ['curl', '--version'] },
  { name: 'buildah', probe: ['buildah', '--version'] },
  { name: 'binutils', probe: ['strip', '--version'] },
  { name: 'ca-certificates', probe: ['test', '-s', '/etc/ssl/certs/ca-certificates.crt'] },
  { name: 'nginx', probe: ['nginx', '-v'] },
  { name: 'systemd', probe: ['systemd-analyze', '--version'] },
];

/** Installs what is missing when that is allowed (root, and no `HUBGATE_NO_APT=1`); throws with the command to run otherwise. */
export function provideSystemPackages(packages: readonly SystemPackage[] = testPackages): void {
  const missing = missingPackages(packages);
  if (missing.length === 0) return;
  const install = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.env['HUBGATE_NO_APT'] === '1' || process.getuid?.() !== 0) {
    throw new Error(`system packages are missing: ${missing.join(', ')}. Run as root:\n\n    ${install}\n`);
  }
  process.stdout.write(`set-up: installing system packages (HUBGATE_NO_APT=1 forbids it): ${install}\n`);
  const { status } = spawnSync('sh', ['-c', install], {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const stillMissing = missingPackages(packages);
  if (status !== 0 || stillMissing.length > 0) {
    throw new Error(
      `system packages could not be installed: ${stillMissing.join(', ')} (apt-get ended with ${status})`,
    );
  }
}

function missingPackages(packages: readonly SystemPackage[]): string[] {
  return packages.filter(entry => !succeeds(entry.probe)).map(entry => entry.name);
}

function succeeds([program, ...args]: SystemPackage['probe']): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
