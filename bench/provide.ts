/** What no run can do without: installed like the tests' packages, or named with the one command. */
import { provideSystemPackages, type SystemPackage } from '../scripts/system-packages.ts';

const packages: readonly SystemPackage[] = [
  { name: 'nginx', probe: ['nginx', '-v'] },
  { name: 'haproxy', probe: ['haproxy', '-v'] },
  { name: 'wrk', probe: ['sh', '-c', 'command -v wrk'] },
  { name: 'util-linux', probe: ['taskset', '--version'] },
];

/** Throws with the command to run when something is missing and may not be installed. */
export function provideBenchPackages(): void {
  provideSystemPackages(packages);
}
