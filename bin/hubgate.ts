#!/usr/bin/env -S node --max-semi-space-size=4 --heap-growing-percent=200 --no-allocation-site-pretenuring
/** Starts main() with argv, env and streams; nothing else. */
import { main } from '../src/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
