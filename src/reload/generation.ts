/** One generation of the gate: a config file, compiled, with the keys and secrets it names. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import type { Policy } from '../gate/policy.ts';
import type { FetchIo } from '../identity/fetched-keys.ts';
import type { KeyFileProblem } from '../identity/key-file.ts';
import { type KeyRing, type KeySource, openKeySources } from '../identity/key-sources.ts';
import { compilePolicy, policyFaults } from '../policy.ts';

/** Everything that a reload replaces. */
export interface Generation {
  readonly config: Config;
  readonly policy: Policy;
  readonly keys: KeyRing;
  /** The token that admin asks for. */
  readonly adminToken: string | undefined;
  /** The config and every file it names, absolute. */
  readonly files: readonly string[];
}

/** A generation, or all that is wrong, a line each. */
export type GenerationOpening =
  | { readonly ok: true; readonly generation: Generation; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What opening a generation needs. */
export interface GenerationOptions {
  readonly configPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keyIo: FetchIo;
  /** The keys in force; what was fetched for the same source goes on. */
  readonly previous?: KeyRing;
}

function keySources(config: Config): KeySource[] {
  return config.jwt.map(({ issuer, keys, algorithms }) => ({
    issuer: issuer.kind === 'url' ? issuer.url : '',
    keys,
    algorithms: new Set<string>(algorithms),
  }));
}

function keyProblem(problem: KeyFileProblem, loaded: LoadedConfig): string {
  const at = loaded.config.jwt.findIndex(({ keys }) => 'file' in keys && keys.file === problem.file);
  const kind = loaded.config.jwt[at]?.keys.kind ?? 'keys';
  return formatProblem(loaded.problemAt(['jwt', at, 'keys', kind], problem.message));
}

function readAdminToken(loaded: LoadedConfig): { token: string | undefined } | { problem: string } {
  const tokenFile = loaded.config.admin?.tokenFile ?? null;
  if (tokenFile === null) return { token: undefined };
  const problem = (message: string): { problem: string } => ({
    problem: formatProblem(loaded.problemAt(['admin', 'tokenFile'], message)),
  });
  try {
    const token = readFileSync(tokenFile, 'utf8').trim();
    return token === '' ? problem('is empty, expected a file with a token') : { token };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown fault';
    return problem(`can not be read (${code}), expected a file with a token`);
  }
}

/** The policy's name: the config's text, so that equal files are equal policies on every replica. */
function digestOf(configPath: string): string {
  return createHash('sha256').update(readFileSync(configPath)).digest('hex');
}

/** Loads, compiles and reads everything; all problems at once. */
export async function openGeneration(options: GenerationOptions): Promise<GenerationOpening> {
  const { configPath, env, keyIo, previous } = options;
  const loaded = loadConfig(configPath, env);
  if (!loaded.ok) return { ok: false, problems: loaded.problems.map(formatProblem) };
  const policy = compilePolicy(loaded.config, digestOf(configPath));
  const admin = readAdminToken(loaded);
  const opened = await openKeySources(keySources(loaded.config), { ...keyIo, readFile }, previous);
  const problems = [
    ...policyFaults(loaded.config, policy).map(({ path, message }) => formatProblem(loaded.problemAt(path, message))),
    ...('problem' in admin ? [admin.problem] : []),
    ...(opened.ok ? [] : opened.problems.map(problem => keyProblem(problem, loaded))),
  ];
  if (!opened.ok || 'problem' in admin || problems.length > 0) {
    if (opened.ok) opened.ring.close(previous);
    return { ok: false, problems };
  }
  const generation = {
    config: loaded.config,
    policy,
    keys: opened.ring,
    adminToken: admin.token,
    files: [configPath, ...loaded.files],
  };
  return { ok: true, generation, warnings: loaded.warnings.map(formatProblem) };
}
