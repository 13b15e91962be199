/** The Authorization field where it carries one opaque token (RFC 9110 §11.6.2). */

/** A scheme and its credentials. */
export interface Authorization {
  /** Lower-case. */
  readonly scheme: string;
  /** Visible ASCII without comma, at least one character; as it stands. */
  readonly credentials: string;
}

const schemeAndCredentials = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x2b\x2d-\x7e]+)$/;

/** Null for anything but `scheme SP credentials`: two spaces, a joined second value, a scheme alone (J13). */
export function parseAuthorization(value: string): Authorization | null {
  const [, scheme, credentials] = schemeAndCredentials.exec(value) ?? [];
  return scheme === undefined || credentials === undefined ? null : { scheme: scheme.toLowerCase(), credentials };
}
