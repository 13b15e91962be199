/** The gate's checks of a token, in their order, and which of them a refusal is of. */
import type { ReasonId, Refusal } from '../../gate/reasons.ts';

/** One of them. */
export type Check =
  | 'form'
  | 'issuer'
  | 'header'
  | 'holder'
  | 'audience'
  | 'time'
  | 'key'
  | 'signature'
  | 'claims'
  | 'proof'
  | 'user'
  | 'allowed'
  | 'answer'
  | 'kind';

/** What kind of token it is that is checked. */
export type TokenKind = 'signed' | 'bound' | 'opaque';

const before: readonly Check[] = [
  'form',
  'issuer',
  'header',
  'holder',
  'audience',
  'time',
  'key',
  'signature',
  'claims',
];
const after: readonly Check[] = ['user', 'allowed'];

/** The answer about an opaque token brings what a signed one says itself. */
export const checksOf: Readonly<Record<TokenKind, readonly Check[]>> = {
  signed: [...before, ...after],
  bound: [...before, 'proof', ...after],
  opaque: ['form', 'answer', 'kind', 'issuer', 'audience', 'claims', 'time', ...after],
};

const usual: readonly [ReasonId, Check][] = [
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
  ['token-key-awaited', 'key'],
  ['token-signature', 'signature'],
  ['token-revoked', 'claims'],
  ['claim-invalid', 'claims'],
  ['dpop-invalid', 'proof'],
  ['dpop-replayed', 'proof'],
  ['user-invalid', 'user'],
  ['user-ambiguous', 'user'],
  ['not-allowed', 'allowed'],
];

const ofSigned: ReadonlyMap<ReasonId, Check> = new Map(usual);

const ofOpaque: ReadonlyMap<ReasonId, Check> = new Map<ReasonId, Check>([
  ...usual,
  ['credential-missing', 'answer'],
  ['hub-token-refused', 'answer'],
  ['introspection-unavailable', 'answer'],
  ['token-malformed', 'answer'],
  ['token-bound', 'kind'],
  ['token-type', 'kind'],
]);

/** A token whose rules on users say no is not asked further, either. */
const userRule = /^userValidationRules/;

const otherCertificate = /^cnf\.x5t#S256 is of another certificate$/;

/** What a refusal is told of, besides itself. */
export interface Checked {
  readonly kind: TokenKind;
  /** Whether the token could be read, or an endpoint was asked about it. */
  readonly isRead: boolean;
}

/** Which check refused; null for a reason that is none of theirs. */
export function checkOf({ reason, detail, inAudit = '' }: Refusal, { kind, isRead }: Checked): Check | null {
  if (kind === 'opaque') return isRead ? checkOfRead(reason, inAudit, ofOpaque) : 'form';
  if (reason === 'token-malformed') return isRead ? (detail === 'kid' ? 'header' : 'time') : 'form';
  if (reason === 'token-bound' && otherCertificate.test(detail)) return 'proof';
  return checkOfRead(reason, inAudit, ofSigned);
}

function checkOfRead(reason: ReasonId, inAudit: string, checks: ReadonlyMap<ReasonId, Check>): Check | null {
  return reason === 'not-allowed' && userRule.test(inAudit) ? 'claims' : (checks.get(reason) ?? null);
}
