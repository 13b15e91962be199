/** Whether a request is its token's holder's: by the certificate of its connection (RFC 8705), or by a proof of its own (RFC 9449). */

import type { DpopProofLookup, Lookup } from '../../gate/lookups.ts';
import { findingOf, type Look, type Prover } from '../../gate/policy.ts';
import type { Binding, Proof } from '../../gate/proof.ts';
import { isRefusal, type Refusal, refuse } from '../../gate/reasons.ts';
import type { SanitisedRequest } from '../../gate/stages.ts';
import { hostKey } from '../../http/host.ts';
import { normalUriPath } from '../../http/http-uri.ts';
import { type DpopProof, readDpopProof } from './dpop-proof.ts';

/** Where the gate is to be found, as `htu` may name it. */
export interface Site {
  readonly scheme: 'http' | 'https';
  /** publicUrl's, as `hostKey` has it. */
  readonly authority: string;
  /** Those of publicAliases by name; `'*'` names none. */
  readonly aliases: ReadonlySet<string>;
}

/** What of a request may show who holds its token. */
export type Holding = Pick<SanitisedRequest, 'method' | 'path' | 'host' | 'userHost' | 'dpop' | 'arrival' | 'peer'>;

/** Whether `htu` is this request's URL: below publicUrl, or below the alias or the user's host by which the request came. */
function isTarget({ htu }: DpopProof, { host, userHost, path }: Holding, site: Site): boolean {
  const { scheme, authority } = htu;
  if (scheme !== site.scheme || htu.path !== normalUriPath(path)) return false;
  const isHere = authority === hostKey(host, scheme === 'https' ? 443 : 80);
  // Other people's code answers on a user's host: what was made for the one is nothing on the other.
  if (userHost !== '') return isHere;
  return authority === site.authority || (isHere && site.aliases.has(authority));
}

type KeyBinding = Extract<Binding, { by: 'key' }>;

/** The first part of the proof that was made for something else. */
function mismatch(proof: DpopProof, binding: KeyBinding, request: Holding, site: Site): string | null {
  if (proof.thumbprint !== binding.thumbprint) return 'jwk is not the key of cnf.jkt';
  if (proof.ath !== binding.ath) return 'ath is of another token';
  if (proof.htm !== request.method) return 'htm is another method';
  return isTarget(proof, request, site) ? null : 'htu is another URL';
}

/** What must be looked up of the request's one proof; `holder` is whose token it is. */
function lookupFor(
  binding: KeyBinding,
  request: Holding,
  site: Site,
  holder: string,
): { readonly lookup: DpopProofLookup; readonly holdsFrom: number } | Refusal {
  const [text, ...more] = request.dpop;
  if (text === undefined) return refuse('dpop-invalid', 'no DPoP field');
  if (more.length > 0) return refuse('dpop-invalid', 'more than one DPoP field');
  const proof = readDpopProof(text);
  if ('fault' in proof) return refuse('dpop-invalid', proof.fault);
  const other = mismatch(proof, binding, request, site);
  if (other !== null) return refuse('dpop-invalid', other);
  const { toleranceMs } = binding;
  const { arrival } = request;
  const holdsUntil = proof.holdsUntil + toleranceMs;
  const key = `dpop-proof:${text}`;
  return {
    lookup: { kind: 'lookup', key, what: 'dpop-proof', proof: text, holder, holdsUntil, arrival },
    holdsFrom: proof.holdsFrom - toleranceMs,
  };
}

/** Time is asked about while nothing is known: a body that comes slowly does not make a proof old that came in time. */
function checkProof(
  { lookup, holdsFrom }: { readonly lookup: DpopProofLookup; readonly holdsFrom: number },
  look: Look,
): Refusal | DpopProofLookup | null {
  const finding = findingOf(look, lookup);
  if (finding !== undefined) return isRefusal(finding) ? finding : null;
  if (look.now < holdsFrom) return refuse('dpop-invalid', 'made in the future');
  return look.now >= lookup.holdsUntil ? refuse('dpop-invalid', 'too old') : lookup;
}

function checkHolder(
  { binding, issuer, username }: Proof & { readonly binding: Binding },
  request: Holding,
  look: Look,
  site: Site,
): Refusal | DpopProofLookup | null {
  if (binding.by === 'certificate') {
    const shown = request.peer.certificate?.thumbprint;
    return shown === binding.thumbprint ? null : refuse('token-bound', 'cnf.x5t#S256 is of another certificate');
  }
  const asked = lookupFor(binding, request, site, `${issuer} ${username}`);
  return isRefusal(asked) ? asked : checkProof(asked, look);
}

function isBound(proof: Proof): proof is Proof & { readonly binding: Binding } {
  return proof.binding !== undefined;
}

/** Asks one kind of credential, of as much of a request as it looks at. */
interface ProverOf<Shown> {
  readonly name: string;
  prove(request: Shown, look: Look): Proof | null | Refusal | Lookup;
  readonly again?: Required<Prover>['again'];
}

/** A prover whose proofs count for holders alone. */
export interface HeldTokenProver<Shown> extends ProverOf<Shown & Holding> {
  /** The same whoever shows the token: for who looks at tokens, and lets nobody in. */
  readonly ofAnybody: ProverOf<Shown>;
}

/** Provers that do not ask who holds a token. */
export function withoutHolders(provers: readonly Prover[]): readonly Prover[] {
  const holdsTokens = (prover: Prover): prover is HeldTokenProver<SanitisedRequest> => 'ofAnybody' in prover;
  return provers.map(prover => (holdsTokens(prover) ? prover.ofAnybody : prover));
}

/**
 * Makes a prover's proofs count for holders alone. Who holds a token is asked once the token itself has held, so that no proof is
 * spent on one that proves nothing.
 */
export function heldTokens<Shown>(prover: ProverOf<Shown>, site: Site): HeldTokenProver<Shown> {
  return {
    ...prover,
    ofAnybody: prover,
    prove(request, look) {
      const outcome = prover.prove(request, look);
      if (outcome === null || 'kind' in outcome || !isBound(outcome)) return outcome;
      return checkHolder(outcome, request, look, site) ?? outcome;
    },
  };
}
