/** What is said of a token: one row a check, and the verdict. */

import type { Introspected } from '../../gate/lookups.ts';
import type { Binding } from '../../gate/proof.ts';
import { type Refusal, reasons } from '../../gate/reasons.ts';
import { bearerInAuthorization, carrierId } from '../../identity/tokens/token-carriers.ts';
import { compactTokenFault } from '../../identity/tokens/token-fault.ts';
import { type MeantToken, nearEntryOf } from '../explain/facts/meant-token.ts';
import { tokenEntryOf } from '../explain/facts/shown-token.ts';
import type { Told } from '../explain/facts/told.ts';
import { firedKey, type TokenEntry } from '../explain/fired-rule.ts';
import { ruleText } from '../explain/report.ts';
import { type Check, checkOf, checksOf, type TokenKind } from './checks.ts';
import { carrierOf } from './shown-request.ts';
import { boundTo, opaqueTellers, signedTellers, type Tellers } from './tellers.ts';

/** A token that was verified. */
export interface Verified {
  readonly text: string;
  /** Null: it is opaque, or can not be read. */
  readonly meant: MeantToken | null;
  /** Whether it goes to the introspection endpoints. */
  readonly isOpaque: boolean;
  readonly binding: Binding | undefined;
  /** The token was judged as if its holder showed it, who did not. */
  readonly holderAssumed: boolean;
  readonly told: Told;
}

/** What the token itself is refused with; what only its request would miss, such as a mount, is none of it. */
function refusalOf({ journey }: Told): Refusal | null {
  const { settled, passage } = journey;
  return settled.kind === 'refuse' && passage.stopped?.stage !== 'inject' ? settled.refusal : null;
}

/** Whether the token is what let the request through: a public path asks for none, and the hub's own may go up alone. */
function proves({ journey }: Told): boolean {
  return (journey.passage.authenticated?.proofs.length ?? 0) > 0;
}

/** Whether the gate lets the token in, as it was shown. */
export function isTaken({ told, holderAssumed }: Verified): boolean {
  return refusalOf(told) === null && proves(told) && !holderAssumed;
}

function answerOf({ journey }: Told): Introspected['answer'] | null {
  for (const { finding } of journey.lookedUp)
    if ('what' in finding && finding.what === 'introspection') return finding.answer;
  return null;
}

const kindOf = ({ isOpaque, binding }: Verified): TokenKind =>
  isOpaque ? 'opaque' : binding === undefined ? 'signed' : 'bound';

function formText({ text, meant, isOpaque, told }: Verified): string {
  const fault = meant !== null || isOpaque ? null : compactTokenFault(text);
  if (fault !== null) return fault.part === 'token' ? `the text ${fault.rule}` : `the ${fault.part} ${fault.rule}`;
  const carrier = carrierId(carrierOf(meant?.entry ?? -1, told.config));
  return isOpaque || carrier === bearerInAuthorization ? '' : `shown in ${carrier}`;
}

function tellersOf(verified: Verified): Tellers {
  const { meant, isOpaque, told, binding } = verified;
  const form = (): string => formText(verified);
  if (isOpaque) {
    const answer = answerOf(told);
    return { form, ...(answer === null ? {} : opaqueTellers(answer, told)) };
  }
  return meant === null ? { form } : { form, ...signedTellers(meant.token, told, meant.entry, binding) };
}

interface Row {
  readonly check: Check | 'gate';
  readonly outcome: 'ok' | 'FAILED' | 'not reached' | 'not shown';
  readonly said: string;
}

function rowsOf(verified: Verified, refusal: Refusal | null): Row[] {
  const kind = kindOf(verified);
  const { told, meant, holderAssumed } = verified;
  const isRead =
    kind === 'opaque' ? told.journey.lookedUp.some(({ lookup }) => lookup.what === 'introspection') : meant !== null;
  const failing = refusal === null ? null : checkOf(refusal, { kind, isRead });
  // Of a reason that belongs to none of the checks, nobody knows how far they came.
  if (refusal !== null && failing === null) return [{ check: 'gate', outcome: 'FAILED', said: '' }];
  const checks = checksOf[kind];
  const at = failing === null ? checks.length : checks.indexOf(failing);
  const tellers = tellersOf(verified);
  return checks.map((check, index): Row => {
    if (check === 'proof' && holderAssumed) return { check, outcome: 'not shown', said: '' };
    if (index > at) return { check, outcome: 'not reached', said: '' };
    return { check, outcome: index === at ? 'FAILED' : 'ok', said: tellers[check]?.() ?? '' };
  });
}

function issuerHint(meant: MeantToken | null, { config }: Told): string {
  const near = meant === null ? -1 : nearEntryOf(meant.token.claims['iss'], config);
  return near === -1 ? '' : ' The two differ in the slash at the end only.';
}

function hintOf({ meant, told }: Verified, { reason }: Refusal): string {
  if (reason === 'token-issuer') return issuerHint(meant, told);
  const isForNobody = reason === 'credential-missing' && meant !== null && told.config.jwt.length === 0;
  return isForNobody ? ' The config has no jwt entry, and endpoints are asked about opaque tokens alone.' : '';
}

function refusalLines(verified: Verified, refusal: Refusal): string[] {
  const { meant, told } = verified;
  const { reason, detail, inAudit } = refusal;
  const more = inAudit ?? detail;
  const index = meant?.entry ?? -1;
  const entry: TokenEntry | null = index === -1 ? tokenEntryOf(told) : { list: 'jwt', index };
  const key = firedKey(refusal, told.config, entry);
  return [
    `refused: ${reason}, ${reasons[reason].status}${more === '' ? '' : ` (${more})`}`,
    ...(key === null ? [] : [`rule: ${ruleText(told.placeOf(key))}`]),
    `to fix: ${reasons[reason].help}${hintOf(verified, refusal)}`,
  ];
}

const howShown = {
  certificate: 'on connections with that certificate: --client-certificate FILE shows it',
  key: 'beside a DPoP proof by that key: --dpop PROOF shows one',
} as const;

function verdictLines(verified: Verified, refusal: Refusal | null): string[] {
  if (refusal !== null) return refusalLines(verified, refusal);
  const { binding, holderAssumed, told } = verified;
  if (binding !== undefined && holderAssumed)
    return [
      `Everything else holds. The token is bound to ${boundTo(binding)}, and that its holder has it was not shown.`,
      `The gate takes it only ${howShown[binding.by]}.`,
    ];
  return [
    proves(told) ? 'The gate takes this token.' : 'The gate asks for no token there, so it did not look at this one.',
  ];
}

/** All lines, for people. */
export function linesOf(verified: Verified): string[] {
  const refusal = refusalOf(verified.told);
  const rows = rowsOf(verified, refusal).map(({ check, outcome, said }) =>
    `${check.padEnd(10)}${outcome.padEnd(12)}${said}`.trimEnd(),
  );
  return [...rows, '', ...verdictLines(verified, refusal)];
}
