/** Loaded before every script: ends with a clear message where the running Node can not strip TypeScript types the way this checkout needs. */
const oldestMajor = 24;
const runningMajor = Number(process.versions.node.split('.')[0]);

if (runningMajor < oldestMajor) {
  process.stderr.write(
    `hubgate needs Node ${oldestMajor} or newer, this is ${process.version} (${process.platform}-${process.arch}).\n` +
      'On Linux x64 and arm64 `npm ci` installs a pinned Node into node_modules/.bin, and npm scripts find it first:\n' +
      'run `npm ci`, then the npm script (not the file). Elsewhere put Node 24 or newer on PATH.\n',
  );
  process.exit(1);
}
