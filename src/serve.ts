/** Composition root: config → generation → doors, and what happens to them until the gate stops. */
import { type Clock, machineClock } from './clock.ts';
import type { Address } from './config/sections/listen.ts';
import { type AudiencesOptions, openAudiences } from './doors/audiences.ts';
import type { Doors } from './doors/doors.ts';
import { type OperatorDoor, type OperatorState, openOperatorDoor } from './doors/operator.ts';
import { peerText } from './doors/record.ts';
import type { Peer } from './gate/stages.ts';
import { askHubVersion } from './hub/version.ts';
import { activeWorkarounds } from './hub/workarounds.ts';
import { endpointStates, type IntrospectionCounts, noIntrospection } from './identity/tokens/introspection.ts';
import { type Log, openLog } from './observe/log.ts';
import type { MetricsPage } from './observe/metrics.ts';
import { RequestCounts } from './observe/request-counts.ts';
import { seldom } from './observe/seldom.ts';
import { type Generation, type GenerationOptions, openGeneration } from './reload/generation.ts';
import { type Generations, openGenerations } from './reload/generations.ts';
import { HubVersionWatch, inForceForHub } from './reload/hub-version.ts';
import { inForceWith, keyIoWith } from './reload/lookups.ts';
import { type MetricsSources, readMetrics } from './reload/metrics-reading.ts';
import { internalPort, openReplaceableHub, publicPort } from './reload/replaceable-hub.ts';
import { type FileWatch, openFileWatch } from './reload/watch.ts';
import { addressText } from './wire/listening.ts';
import type { HubClient } from './wire/upstream/hub-client.ts';

/** Between two events about the same fault of connections that brought no request. */
const faultEventsMs = 60_000;

/** How to start. */
export interface StartOptions {
  readonly configPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Absent: the machine's. */
  readonly clock?: Clock;
}

/** Why the gate did not start: the config's problems a line each, or the address or file that could not be had. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
  readonly kind: 'config' | 'system';
  readonly lines: readonly string[];

  constructor(kind: 'config' | 'system', lines: readonly string[], options?: ErrorOptions) {
    super(lines.join('\n'), options);
    this.kind = kind;
    this.lines = lines;
  }
}

/** A gate that runs. */
export interface RunningGate {
  /** Where browsers come in, as bound. */
  readonly addresses: readonly Address[];
  /** Reads the config and all that it names again, and opens the audit file anew. */
  reload(): Promise<void>;
  /** Drains within limits.drainTimeout; a second call ends at once. */
  stop(): Promise<void>;
  /** Resolves when it has stopped. */
  readonly stopped: Promise<void>;
}

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly generations: Generations;
  readonly hub: HubClient;
  /** The hub's own port. */
  readonly internalHub: HubClient;
  readonly watch: FileWatch;
  /** Told of each generation that takes the place of another; one at a time listens. */
  readonly onReplaced: (listener: (now: Generation) => void) => void;
}

function operatorState(
  { generations }: Parts,
  life: { live: boolean; draining: boolean },
  introspection: IntrospectionCounts,
): OperatorState {
  return {
    ...life,
    generation: generations.number,
    policy: generations.current.policy.digest,
    issuers: generations.current.keys.status(),
    introspection: endpointStates(generations.current.endpoints, introspection),
    configProblems: generations.problems,
    restartNeeded: generations.restartNeeded,
  };
}

/** What writes metrics is read with the first page: it would be a part of every start otherwise. */
function metricsWriter(sources: MetricsSources): () => Promise<MetricsPage> {
  let writer: Promise<() => Promise<MetricsPage>> | undefined;
  return async () => {
    writer ??= import('./observe/metrics.ts').then(({ openMetrics }) => openMetrics(() => readMetrics(sources)));
    return (await writer)();
  };
}

async function openOperatorDoors(
  parts: Parts,
  state: () => OperatorState,
  metrics: () => Promise<MetricsPage>,
): Promise<OperatorDoor[]> {
  const { generations, log } = parts;
  const { health, admin } = generations.current.config;
  const doors: OperatorDoor[] = [];
  const open = async (options: Parameters<typeof openOperatorDoor>[0]): Promise<void> => {
    const door = await openOperatorDoor(options);
    doors.push(door);
    log.info('listening', { for: options.kind, address: door.address });
  };
  try {
    if (health.address !== null) await open({ address: health.address, kind: 'health', state });
    if (admin !== null) {
      const token = admin.tokenFile === null ? {} : { token: () => generations.current.adminToken };
      await open({ address: admin.address, kind: 'admin', state, metrics, ...token });
    }
  } catch (error) {
    for (const door of doors) await door.close();
    throw error;
  }
  return doors;
}

async function openFirst(options: GenerationOptions): Promise<{ first: Generation; warnings: readonly string[] }> {
  const opened = await openGeneration(options);
  if (!opened.ok) throw new StartError('config', opened.problems);
  return { first: opened.generation, warnings: opened.warnings };
}

async function orStartError<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new StartError('system', [`hubgate: ${message}`], { cause: error });
  }
}

function sayInForce(log: Log, { policy, files }: Generation, generation: number): void {
  log.info('config in force', { generation, policy: policy.digest, file: files[0] });
}

async function openParts(options: StartOptions): Promise<Parts> {
  const { clock = machineClock } = options;
  const hubOpened = Promise.withResolvers<HubClient>();
  let log: Log | undefined;
  const keyIo = keyIoWith(hubOpened.promise, () => log, clock);
  const watch = openFileWatch(() => void generations.reload());
  const reading: GenerationOptions = { ...options, keyIo, willRead: watch.willRead };
  const { first, warnings } = await openFirst(reading);
  log = await orStartError(openLog(first.config.log, options));
  const said = log;
  const hub = openReplaceableHub(first, publicPort);
  const internalHub = openReplaceableHub(first, internalPort);
  hubOpened.resolve(hub);
  const warned = (lines: readonly string[]): void => lines.forEach(line => void said.warn(line));
  warned(warnings);
  sayInForce(said, first, 1);
  let follow: (now: Generation) => void = () => undefined;
  const generations: Generations = openGenerations(first, reading, {
    warned,
    slow: seconds => said.warn(`reload has been reading for ${seconds} s`),
    refused(problems, files) {
      // What is missing may come later, in a file that the config in force does not name.
      watch.watch(files);
      said.error('config refused, the one before stays in force', { problems });
    },
    replaced(now, before) {
      hub.follow(now, before);
      internalHub.follow(now, before);
      follow(now);
      watch.watch(now.files);
      const { restartNeeded } = generations;
      if (restartNeeded.length > 0) said.warn('these keys take effect with a restart only', { keys: restartNeeded });
      sayInForce(said, now, generations.number);
    },
  });
  watch.watch(first.files);
  const onReplaced: Parts['onReplaced'] = listener => {
    follow = listener;
  };
  return { clock, log, generations, hub, internalHub, watch, onReplaced };
}

async function closeParts({ watch, generations, hub, internalHub, log }: Parts): Promise<void> {
  watch.close();
  generations.close();
  await Promise.all([hub.close(), internalHub.close()]);
  await log.close();
}

function listenersOf({ config, tls }: Generation): AudiencesOptions['listen'] {
  return config.listen.map(({ audience, address, proxyProtocol }, place) => ({
    audience,
    address,
    tls: tls.listen[place] ?? null,
    proxyProtocol,
  }));
}

/** No request came of it, so the audit trail does not know. */
function faultTeller({ log, clock }: Parts, message: string): (fault: string, peer: Peer | null) => void {
  return seldom(
    (fault, times, peer) => log.warn(message, { fault, times, peer: peer === null ? 'gone' : peerText(peer) }),
    faultEventsMs,
    clock.steady,
  );
}

/** An endpoint in trouble is in trouble for every token, and a provider for every user. */
function endpointTeller({ log, clock }: Parts, message: string): (entry: string, fault: string) => void {
  const tell = seldom<undefined>((fault, times) => log.warn(message, { fault, times }), faultEventsMs, clock.steady);
  return (entry, fault) => tell(`${entry}: ${fault}`, undefined);
}

/** Asks the hub in force, and says what became of it. */
function watchHubVersion({ clock, generations, hub, log }: Parts): HubVersionWatch {
  const warn = (fault: string, times: number): void =>
    log.warn("the hub's version could not be read", { fault, times });
  const onFault = seldom<void>(warn, faultEventsMs, clock.steady);
  return new HubVersionWatch({
    ask: () => askHubVersion(hub.ask.bind(hub), generations.current.config.hub.baseUrl, onFault),
    onChange(version) {
      const on = activeWorkarounds(generations.current.policy, version);
      log.info('hub version', { version: version?.text ?? 'not known', workarounds: on });
    },
    later(run, ms) {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
  });
}

/** Starts the gate; rejects with a StartError, and then nothing stays open. */
export async function startGate(options: StartOptions): Promise<RunningGate> {
  const parts = await openParts(options);
  const { clock, generations, hub, internalHub, log } = parts;
  const life = { live: false, draining: false };
  const closing: (() => Promise<void>)[] = [() => closeParts(parts)];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const requests = new RequestCounts();
    const introspection = noIntrospection();
    let doors: Doors | undefined;
    const metrics = metricsWriter({ requests, introspection, generations, hub, doors: () => doors, clock });
    const state = (): OperatorState => operatorState(parts, life, introspection);
    const operators = await orStartError(openOperatorDoors(parts, state, metrics));
    closing.push(async () => void (await Promise.all(operators.map(door => door.close()))));
    const opened = generations.current;
    const { limits } = opened.config;
    const told = {
      counts: introspection,
      onFault: endpointTeller(parts, 'introspection failed'),
      onProviderFault: endpointTeller(parts, 'provider failed'),
    };
    const version = watchHubVersion(parts);
    closing.push(() => Promise.resolve(version.close()));
    const gate = {
      inForce: inForceForHub(inForceWith(generations, { hub, internalHub }, told, clock), version),
      clock,
    };
    const front = await orStartError(
      openAudiences({
        listen: listenersOf(opened),
        gate,
        hub,
        internalHub,
        limits,
        onSettled(record) {
          requests.note(record);
          version.noticed(record);
          log.audit(record);
        },
        onHandshakeFailed: faultTeller(parts, 'TLS handshake failed'),
        onHeaderRefused: faultTeller(parts, 'PROXY header refused'),
      }),
    );
    doors = front;
    for (const [place, address] of front.addresses.entries())
      log.info('listening', { for: opened.config.listen[place]?.audience, address: addressText(address) });
    let followed = opened;
    const renew = (now: Generation): void => {
      version.follow(now.config.hub, followed.config.hub);
      followed = now;
      front.review();
      // Another `listen` waits for the restart, with all that it says.
      if (!generations.restartNeeded.includes('listen')) front.renew(now.tls.listen);
    };
    parts.onReplaced(renew);
    // A reload may have come while the doors were opened.
    if (generations.current !== opened) renew(generations.current);
    version.start();
    life.live = true;
    return running({
      doors: front,
      log,
      life,
      drainMs: () => generations.current.config.limits.drainTimeoutMs,
      closeAll,
      parts,
    });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface RunningParts {
  readonly doors: Doors;
  readonly log: Log;
  readonly life: { draining: boolean };
  readonly drainMs: () => number;
  readonly closeAll: () => Promise<void>;
  readonly parts: Parts;
}

function running({ doors, log, life, drainMs, closeAll, parts }: RunningParts): RunningGate {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  /** Nothing is left that could be reloaded or stopped. */
  let over = false;
  async function drain(): Promise<void> {
    log.info('draining', { timeoutMs: drainMs() });
    await doors.drain(drainMs());
    log.info('stopped');
    over = true;
    await closeAll();
    resolve();
  }
  return {
    addresses: doors.addresses,
    async reload() {
      if (over) return;
      // A rotated audit file is let go of, whatever becomes of the config.
      void log.reopen();
      await parts.generations.reload();
    },
    stop() {
      if (over) return stopped;
      if (life.draining) void doors.drain(0);
      else void drain();
      life.draining = true;
      return stopped;
    },
    stopped,
  };
}
