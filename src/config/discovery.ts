/** Where an issuer's discovery document is. */

/** At `discoveryUrl`, or else below the issuer's url (OpenID Connect Discovery 1.0 §4.1). */
export function discoveryUrlOf(issuerUrl: string, discoveryUrl: string | null): string {
  return discoveryUrl ?? `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
