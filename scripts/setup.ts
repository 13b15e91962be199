/** Makes all that the tests need inside the checkout; what is there and unchanged is left alone. */
import { hubEnvironments, providePythonEnvironment, toolsEnvironment } from './python-environments.ts';
import { provideSystemPackages } from './system-packages.ts';
import { provideTapBuild } from './tap-build.ts';

/** Rejects with a message that says what to do when something can not be provided. */
export async function setUp(): Promise<void> {
  provideSystemPackages();
  // Side by side: most of an environment's time is waiting for downloads.
  const making = [...Object.values(hubEnvironments), toolsEnvironment].map(providePythonEnvironment);
  const failed = (await Promise.allSettled(making)).find(made => made.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  provideTapBuild();
}

if (import.meta.main) {
  try {
    await setUp();
  } catch (error) {
    process.stderr.write(`set-up failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
