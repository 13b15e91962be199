/** argv → command, all but the one that runs the gate; the only file that knows yargs. */
import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { didYouMean } from '../config/did-you-mean.ts';
import { runCheck } from './check.ts';
import { exitCodes } from './exit-codes.ts';
import { runExplain } from './explain.ts';
import { runHealth } from './health.ts';
import { runInit } from './init.ts';
import {
  explainOptions,
  initOptions,
  mintOptions,
  repeatable,
  tokenPositional,
  verifyOptions,
} from './option-tables.ts';
import type { ProcessIo } from './process-io.ts';
import { runGate } from './run.ts';
import { printSchema } from './schema.ts';
import { runTokenDecode } from './token-decode.ts';
import { runTokenMint } from './token-mint.ts';
import { runTokenVerify } from './token-verify.ts';
import { UsageError } from './usage-error.ts';

declare const HUBGATE_VERSION: string | undefined;

/** The bundle has the version written into it; from a checkout it stands in package.json. */
function version(): string {
  if (typeof HUBGATE_VERSION === 'string') return HUBGATE_VERSION;
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}

const configOption = {
  config: { type: 'string', describe: 'the config file, YAML', demandOption: true, requiresArg: true },
} as const;

const demoOptions = {
  check: { type: 'boolean', default: false, describe: 'send those requests, say which went as promised, and end' },
} as const;

const NO_CONFIG = 'no config file, expected --config FILE';

/** Loaded when it is asked for: a gate that starts has no use for a hub and an issuer. */
async function demo(options: { check: boolean }, io: ProcessIo): Promise<number> {
  const { runDemo } = await import('./demo.ts');
  return runDemo(options, io);
}

type Finish = (code: number | Promise<number>) => Promise<void>;

function commands(argv: readonly string[], io: ProcessIo, finish: Finish): ReturnType<typeof yargs> {
  return (
    yargs([...argv])
      // Not demanded here, so that a mistyped command is told its name and not that a config is missing.
      .command('$0', 'run the gate', { config: { ...configOption.config, demandOption: false } }, args => {
        if (args.config === undefined) throw new UsageError(NO_CONFIG);
        return finish(runGate(args.config, io));
      })
      .command('check', 'compile a config and say all that is wrong with it', configOption, args =>
        finish(runCheck(args.config, io)),
      )
      .command('schema', 'print the JSON Schema of the config file', {}, () => finish(printSchema(io)))
      .command('health', "ask a running gate's health, for a container's health check", configOption, args =>
        finish(runHealth(args.config, io)),
      )
      .command('demo', 'run an embedded hub, an issuer and the gate, and print requests to try', demoOptions, args =>
        finish(demo({ check: args.check }, io)),
      )
      .command('init', "print the hub's side of a preset, for jupyterhub_config.py", initOptions, args =>
        finish(runInit(args, io)),
      )
      .command(
        'explain',
        'say what becomes of one request, stage by stage, and what the hub would get',
        explainOptions,
        args => finish(runExplain(args, io)),
      )
      .command('token', 'look at a token, verify one, or make one for tests', tokens =>
        tokenCommands(tokens, io, finish),
      )
  );
}

function tokenCommands(tokens: Argv, io: ProcessIo, finish: Finish): Argv {
  return tokens
    .command(
      'decode [token]',
      'print what a token says of itself; nothing is verified',
      decoding => decoding.positional('token', tokenPositional),
      args => finish(runTokenDecode(args.token, io)),
    )
    .command(
      'verify [token]',
      'check a token as the gate does, and say what each check found',
      verifying => verifying.options(verifyOptions).positional('token', tokenPositional),
      args => finish(runTokenVerify(args, io)),
    )
    .command('mint', 'sign a token with a local key, for tests', mintOptions, args => finish(runTokenMint(args, io)))
    .demandCommand(1, TOKEN_EXPECTED);
}

const commandNames = ['check', 'schema', 'health', 'demo', 'init', 'explain', 'token'];
const tokenNames = ['decode', 'verify', 'mint'];
const TOKEN_EXPECTED = `expected one of token ${tokenNames.join(', token ')}`;

/** yargs recommends no commands beside a default one, and names options without their dashes. */
function withSuggestion(message: string, [first = '']: readonly string[]): string {
  if (message === 'Missing required argument: config') return NO_CONFIG;
  if (/\.ya?ml$/.test(first)) return `${message}, did you mean --config ${first}?`;
  if (first === 'token' && message.startsWith('Unknown argument')) return `${message}, ${TOKEN_EXPECTED}`;
  const meant = first.startsWith('-') || commandNames.includes(first) ? null : didYouMean(first, commandNames);
  return meant === null ? message : `${message}, did you mean ${meant}?`;
}

/** Of two values, neither must win unseen; yargs makes a list of them. */
function refuseRepeats(args: Readonly<Record<string, unknown>>): true {
  const repeated = Object.keys(args).find(name => name !== '_' && !repeatable.has(name) && Array.isArray(args[name]));
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given more than once`);
  return true;
}

/** Runs one command; resolves with its exit code. Rejects with what is nobody's mistake. */
export async function runCommandLine(argv: readonly string[], io: ProcessIo): Promise<number> {
  let exitCode: number = exitCodes.fine;
  const finish: Finish = async code => {
    exitCode = await code;
  };
  const parser = commands(argv, io, finish)
    .scriptName('hubgate')
    .usage('$0 --config FILE\n\nHeader-trust gateway in front of JupyterHub.')
    .strict()
    .check(refuseRepeats)
    .version(version())
    .alias('h', 'help')
    .exitProcess(false)
    .wrap(null)
    .fail((message, error) => {
      // An option without its argument is thrown as an error of yargs' own.
      const isUsage = error === undefined || error === null || error.name === 'YError';
      throw isUsage ? new UsageError(withSuggestion(message ?? error?.message, argv)) : error;
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr.write(`hubgate: ${error.message}\nTry 'hubgate --help'.\n`);
    return exitCodes.usage;
  }
  return exitCode;
}
