/** `hubgate token verify`: sends a token through the gate's own decision, and tells each check in order. */
import type { Config } from '../config/config.ts';
import { classify } from '../gate/place.ts';
import { type ReasonId, type Refusal, reasons } from '../gate/reasons.ts';
import type { InboundRequest, Peer } from '../gate/stages.ts';
import { parseAddress } from '../http/address.ts';
import { visibleText } from '../http/visible-text.ts';
import { type CompactToken, readCompactToken } from '../identity/compact-token.ts';
import type { JsonValue } from '../identity/strict-json.ts';
import { compactTokenFault } from '../identity/token-fault.ts';
import { exitCodes } from './exit-codes.ts';
import { entryShown, placesWith, type Told } from './explain/facts.ts';
import { firedKey } from './explain/fired-rule.ts';
import { travel } from './explain/journey.ts';
import { openGate } from './explain/open-gate.ts';
import { ruleText } from './explain/report.ts';
import { usualPeer } from './explain/request-source.ts';
import type { ProcessIo } from './process-io.ts';
import { parseTime, readableTime, timeExpected } from './readable-time.ts';
import { sayUsage } from './said.ts';
import { readToken } from './token-text.ts';

/** What the command line says. */
export interface VerifyOptions {
  readonly config: string;
  /** `-` or absent: the standard input. */
  readonly token?: string | undefined;
  readonly now?: string | undefined;
}

/** The gate's checks in their order. */
const checks = [
  'form',
  'issuer',
  'header',
  'holder',
  'audience',
  'time',
  'key',
  'signature',
  'claims',
  'user',
  'allowed',
] as const;

type Check = (typeof checks)[number];

const checkOfReason: ReadonlyMap<ReasonId, Check> = new Map<ReasonId, Check>([
  ['credential-missing', 'form'],
  ['hub-token-refused', 'form'],
  ['request-ambiguous', 'form'],
  ['headers-too-large', 'form'],
  ['token-issuer', 'issuer'],
  ['token-algorithm', 'header'],
  ['token-type', 'header'],
  ['token-bound', 'holder'],
  ['token-audience', 'audience'],
  ['token-expired', 'time'],
  ['token-not-yet-valid', 'time'],
  ['keys-unavailable', 'key'],
  ['token-key-unknown', 'key'],
  ['token-signature', 'signature'],
  ['claim-invalid', 'claims'],
  ['user-invalid', 'user'],
  ['user-ambiguous', 'user'],
  ['not-allowed', 'allowed'],
]);

/** Which check refused; null for a reason that is none of theirs. */
function checkOf({ reason, detail }: Refusal, token: CompactToken | null): Check | null {
  if (reason !== 'token-malformed') return checkOfReason.get(reason) ?? null;
  if (token === null) return 'form';
  return detail === 'kid' ? 'header' : 'time';
}

/** A path that asks for a proof, whatever `public` names. */
function askedPath({ hub }: Config, policy: Told['journey']['policy']): string {
  const paths = ['hub/home', 'user/x/', 'services/x/', ''].map(path => `${hub.baseUrl}${path}`);
  return paths.find(path => classify(path, policy.places)?.public === false) ?? hub.baseUrl;
}

function peerOf(config: Config): Peer {
  const address = parseAddress(usualPeer(config));
  return address === null ? { kind: 'unix' } : { kind: 'ip', address };
}

/** The token as a client would bring it, by way of a trusted proxy. */
function requestWith(token: string, config: Config, policy: Told['journey']['policy']): InboundRequest {
  return {
    method: 'GET',
    target: askedPath(config, policy),
    httpVersion: '1.1',
    fields: [
      ['Host', policy.publicHost],
      ['Authorization', `Bearer ${token}`],
    ],
    peer: peerOf(config),
  };
}

const quoted = (value: JsonValue | undefined): string => (value === undefined ? 'absent' : JSON.stringify(value));

function timeText({ claims }: CompactToken, now: number): string {
  const dates = ['iat', 'nbf', 'exp'].flatMap(name => {
    const value = claims[name];
    return typeof value === 'number' ? [`${name} ${readableTime(value * 1000, now)}`] : [];
  });
  return dates.join(', ');
}

function userText({ journey }: Told): string {
  const { authenticated, mapped } = journey.passage;
  const proved = authenticated?.proofs[0]?.username;
  const identity = mapped?.identity;
  if (proved === undefined) return '';
  return identity === undefined
    ? JSON.stringify(proved)
    : `${JSON.stringify(proved)} is ${JSON.stringify(identity.user)}, and ${JSON.stringify(identity.hubUser)} to the hub`;
}

function keyText({ header }: CompactToken, { keys }: Told, entry: number): string {
  const status = keys[entry];
  const asked = `kid ${quoted(header['kid'])}`;
  if (status === undefined) return asked;
  const fault = status.error === undefined ? '' : `; last fault: ${status.error}`;
  return `${asked}, of ${status.keys} usable ${status.keys === 1 ? 'key' : 'keys'}${fault}`;
}

function issuerText({ config, placeOf }: Told, entry: number): string {
  if (entry !== -1) return ruleText(placeOf(['jwt', entry]));
  const issuers = config.jwt.map(({ issuer }) => (issuer.kind === 'url' ? issuer.url : 'tokens without iss'));
  return `the config has ${issuers.join(', ')}`;
}

/** What a check looked at, and what the config says to it. Nothing of the signature. */
function tellersOf(token: CompactToken, told: Told, entry: number): Partial<Record<Check, () => string>> {
  const { header, claims } = token;
  const rules = told.config.jwt[entry];
  return {
    issuer: () => `iss ${quoted(claims['iss'])}; ${issuerText(told, entry)}`,
    header: () =>
      `alg ${quoted(header['alg'])}, typ ${quoted(header['typ'])}; allowed: ${rules?.algorithms.join(', ')}`,
    holder: () => `cnf ${'cnf' in claims ? 'binds the token to a key of its holder' : 'absent'}`,
    audience: () => `aud ${quoted(claims['aud'])}; expected: ${rules?.audiences.join(', ') || 'any'}`,
    time: () => timeText(token, told.now),
    key: () => keyText(token, told, entry),
    user: () => userText(told),
  };
}

interface CheckReport {
  readonly check: string;
  readonly outcome: 'ok' | 'FAILED' | 'not reached';
  readonly said: string;
}

function checkReports(token: CompactToken | null, told: Told, failed: Refusal | null, entry: number): CheckReport[] {
  const failing = failed === null ? null : checkOf(failed, token);
  const at = failing === null ? checks.length : checks.indexOf(failing);
  const tellers = token === null ? {} : tellersOf(token, told, entry);
  // Of a reason that belongs to none of the checks, nobody knows how far they came.
  if (failed !== null && failing === null) return [{ check: 'gate', outcome: 'FAILED', said: '' }];
  return checks.map((check, index): CheckReport => {
    if (index > at) return { check, outcome: 'not reached', said: '' };
    return { check, outcome: index === at ? 'FAILED' : 'ok', said: tellers[check]?.() ?? '' };
  });
}

/** The slash at the end is what goes wrong most often. */
function issuerHint(token: CompactToken | null, { config }: Told): string {
  const iss = token?.claims['iss'];
  const bare = (url: string): string => url.replace(/\/$/, '');
  const near = config.jwt.some(
    ({ issuer }) =>
      typeof iss === 'string' && issuer.kind === 'url' && issuer.url !== iss && bare(issuer.url) === bare(iss),
  );
  return near ? ' The two differ in the slash at the end only.' : '';
}

function formText(text: string): string {
  const fault = compactTokenFault(text);
  if (fault === null) return '';
  return fault.part === 'token' ? `the text ${fault.rule}` : `the ${fault.part} ${fault.rule}`;
}

function refusalLines(refusal: Refusal, told: Told, entry: number, token: CompactToken | null): string[] {
  const { reason, detail, inAudit } = refusal;
  const more = inAudit ?? detail;
  const key = firedKey(refusal, told.config, entry === -1 ? null : { list: 'jwt', index: entry });
  const hint = reason === 'token-issuer' ? issuerHint(token, told) : '';
  return [
    '',
    `refused: ${reason}, ${reasons[reason].status}${more === '' ? '' : ` (${more})`}`,
    ...(key === null ? [] : [`rule: ${ruleText(told.placeOf(key))}`]),
    `to fix: ${reasons[reason].help}${hint}`,
  ];
}

/** What the token itself is refused with; what only its request would miss, such as a mount, is none of it. */
function refusalOf({ journey }: Told): Refusal | null {
  const { settled, passage } = journey;
  return settled.kind === 'refuse' && passage.stopped?.stage !== 'inject' ? settled.refusal : null;
}

function linesOf(text: string, told: Told): string[] {
  const token = readCompactToken(text);
  const entry = entryShown(token?.claims, told.config);
  const refusal = refusalOf(told);
  const reports = checkReports(token, told, refusal, entry);
  const form = formText(text);
  const rows = reports.map(({ check, outcome, said }) =>
    `${check.padEnd(10)}${outcome.padEnd(12)}${check === 'form' ? form : said}`.trimEnd(),
  );
  const verdict = refusal === null ? ['', 'The gate takes this token.'] : refusalLines(refusal, told, entry, token);
  return [...rows, ...verdict];
}

/** Ends fine where the gate takes the token, and failed where it refuses it. */
export async function runTokenVerify(options: VerifyOptions, io: ProcessIo): Promise<number> {
  const now = options.now === undefined ? Date.now() : parseTime(options.now);
  if (now === null) return sayUsage(io, `--now: ${timeExpected}`);
  const gate = await openGate(options.config, io);
  if (gate === null) return exitCodes.badConfig;
  try {
    const { config, inForce, whereIs } = gate;
    if (config.jwt.length === 0) return sayUsage(io, 'the config has no jwt entry, so no token is taken');
    const token = await readToken(options.token, io);
    const journey = await travel(requestWith(token, config, inForce.policy), inForce, now);
    const told = { journey, config, now, keys: gate.keys(), placeOf: placesWith(whereIs) };
    for (const line of linesOf(token, told)) io.stdout.write(`${visibleText(line, Number.POSITIVE_INFINITY)}\n`);
    return refusalOf(told) === null ? exitCodes.fine : exitCodes.failed;
  } finally {
    await gate.close();
  }
}
