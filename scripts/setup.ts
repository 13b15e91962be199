/** Makes all that the tests need inside the checkout; what is there and unchanged is left alone. */
import { hubEnvironment, providePythonEnvironment, toolsEnvironment } from './python-environments.ts';
import { provideSystemPackages } from './system-packages.ts';
import { provideTapBuild } from './tap-build.ts';

/** Throws with a message that says what to do when something can not be provided. */
export function setUp(): void {
  provideSystemPackages();
  providePythonEnvironment(hubEnvironment);
  providePythonEnvironment(toolsEnvironment);
  provideTapBuild();
}

if (import.meta.main) {
  try {
    setUp();
  } catch (error) {
    process.stderr.write(`set-up failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
