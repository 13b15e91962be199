#!/usr/bin/env node
/** Starts main() with argv, env and streams; nothing else. */
import { main } from '../src/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
