/** What the peers come from. */
import { envoyEnvironment, providePythonEnvironment } from '../scripts/python-environments.ts';
import { provideSystemPackages, yardstickPackages } from '../scripts/system-packages.ts';

/** Without these there is no run: installs them like the tests' packages, or throws with the one command to run. */
export function provideBenchPackages(): void {
  provideSystemPackages(yardstickPackages);
}

/** Without Envoy there is one: says what went wrong, and it will be missing. */
export async function provideEnvoy(say: (line: string) => void): Promise<void> {
  try {
    await providePythonEnvironment(envoyEnvironment);
  } catch (error) {
    say(`!!! Envoy could not be installed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
