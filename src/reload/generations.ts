/** The generation in force, and how a reload puts another in its place; a bad config changes nothing. */
import { type Generation, type GenerationOpening, type GenerationOptions, openGeneration } from './generation.ts';

/** What is told of reloads. */
export interface ReloadListener {
  replaced(now: Generation, before: Generation): void;
  /** `files`: what to watch until it is mended, the files in force and those that the refused config names. */
  refused(problems: readonly string[], files: readonly string[]): void;
  warned(warnings: readonly string[]): void;
  /** Once for each reload that takes so long. */
  slow(seconds: number): void;
}

/** A disk that does not answer is what takes so long. */
const slowAfterSeconds = 10;

/** The generations of one running gate. */
export interface Generations {
  readonly current: Generation;
  /** Counts from 1; one more with each reload that took effect. */
  readonly number: number;
  /** What is wrong with the config of the last reload, a line each; empty when it took effect. */
  readonly problems: readonly string[];
  /** Config keys that take effect with a restart only, and say something else than at the start. */
  readonly restartNeeded: readonly string[];
  /** Reads everything again, and never rejects. Calls during a reload lead to one more, so that the last change is never missed. */
  reload(): Promise<void>;
  /** Ends what fetches keys; a reload that is under way comes to nothing, and none begins. */
  close(): void;
}

/** Config keys that say something else now than what was bound or opened at the start. */
function changedSince(first: Generation, now: Generation): readonly string[] {
  const fixed = ({ config }: Generation): Readonly<Record<string, unknown>> => ({
    listen: config.listen,
    health: config.health,
    admin: config.admin,
    log: config.log,
    'limits.headerBytes': config.limits.headerBytes,
    'limits.headerTimeout': config.limits.headerTimeoutMs,
    'limits.idleTimeout': config.limits.idleTimeoutMs,
    'limits.connections': config.limits.connections,
    'limits.connectionsPerAddress': config.limits.connectionsPerAddress,
    'limits.bodyStallTimeout': config.limits.bodyStallTimeoutMs,
  });
  const old = fixed(first);
  return Object.entries(fixed(now))
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(old[key]))
    .map(([key]) => key);
}

/** A file that changes while it is read must not end the process: what is in force stays. */
function unforeseen(error: unknown): GenerationOpening {
  const message = error instanceof Error ? error.message : 'unknown';
  return { ok: false, problems: [`the config could not be read: ${message}`], files: [] };
}

/** Keeps the first generation until a reload succeeds. */
export function openGenerations(
  first: Generation,
  options: Omit<GenerationOptions, 'previous'>,
  listener: ReloadListener,
): Generations {
  let current = first;
  let number = 1;
  let problems: readonly string[] = [];
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let slow: NodeJS.Timeout | undefined;

  async function reloadOnce(): Promise<void> {
    slow = setTimeout(() => listener.slow(slowAfterSeconds), slowAfterSeconds * 1000).unref();
    const opened = await openGeneration({ ...options, previous: current.keys }).catch(unforeseen);
    clearTimeout(slow);
    if (closed) {
      if (opened.ok) opened.generation.keys.close();
      return;
    }
    problems = opened.ok ? [] : opened.problems;
    if (!opened.ok) return listener.refused(problems, [...current.files, ...opened.files]);
    const before = current;
    current = opened.generation;
    number += 1;
    listener.warned(opened.warnings);
    listener.replaced(current, before);
    before.keys.close(current.keys);
  }

  /** Whoever asks after the last look at `again` must find nothing running, so that both are one step. */
  async function reloadUntilSettled(): Promise<void> {
    try {
      do {
        again = false;
        await reloadOnce();
      } while (again);
    } finally {
      running = undefined;
    }
  }

  return {
    get current() {
      return current;
    },
    get number() {
      return number;
    },
    get restartNeeded() {
      return changedSince(first, current);
    },
    get problems() {
      return problems;
    },
    reload() {
      if (closed) return Promise.resolve();
      again = running !== undefined;
      running ??= reloadUntilSettled();
      return running;
    },
    close() {
      closed = true;
      clearTimeout(slow);
      current.keys.close();
    },
  };
}
