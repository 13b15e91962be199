/** What a sign-in proxy shows beside its address: a secret, a certificate, or both. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { SanitisedRequest } from '../../gate/stages.ts';

/** Second factors of one sign-in proxy, compiled; what is null is not asked for. */
export interface SecondFactor {
  readonly sharedSecret: {
    /** Lower-case. */
    readonly header: string;
    /** `secretDigest` of each secret that counts. */
    readonly digests: readonly Uint8Array[];
  } | null;
  /** As `PeerCertificate.subjectAltNames` spells it. */
  readonly subjectAltName: string | null;
}

/** The part of a request that can hold a second factor. */
type Showing = Pick<SanitisedRequest, 'peer' | 'setAside'>;

/** What secrets are compared by, so that they are all of one length (latin1). */
export function secretDigest(secret: string): Uint8Array {
  return createHash('sha256').update(secret, 'latin1').digest();
}

/** Looks at all of them, so that the time does not tell which one it was, nor how much of it. */
function isOneOf(value: string, digests: readonly Uint8Array[]): boolean {
  const shown = secretDigest(value);
  return digests.map(digest => timingSafeEqual(shown, digest)).includes(true);
}

function secretFault(setAside: Showing['setAside'], wanted: NonNullable<SecondFactor['sharedSecret']>): string | null {
  const [value, ...more] = setAside.get(wanted.header) ?? [];
  if (value === undefined) return 'its shared secret is absent';
  if (more.length > 0) return 'its shared secret stands more than once';
  return isOneOf(value, wanted.digests) ? null : 'its shared secret is wrong';
}

/** What is wrong with the second factor; null where all of it holds. Says nothing of a secret. */
export function secondFactorFault({ peer, setAside }: Showing, wanted: SecondFactor): string | null {
  const fault = wanted.sharedSecret && secretFault(setAside, wanted.sharedSecret);
  if (fault !== null || wanted.subjectAltName === null) return fault;
  if (peer.certificate === undefined) return 'it has shown no client certificate';
  return peer.certificate.subjectAltNames.includes(wanted.subjectAltName)
    ? null
    : 'its client certificate has another subjectAltName';
}
