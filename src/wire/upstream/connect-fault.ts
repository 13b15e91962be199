/** Says of a hub that could not be reached what there is to mend. */

const unknownSigner = "nobody who is known signed it: hub.tls.caFile must hold the CA that signs the hub's certificate";
const noTls = 'the hub does not speak TLS there: does hub.url begin with http://, or has it another port?';
const notOurs = "the hub does not take the gate's certificate: see hub.tls.certFile and keyFile";

/** By Node's code for a certificate that does not hold. */
const certificateFaults: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', "the hub's certificate, or one that it hangs on, has expired: renew it"],
  ['CERT_NOT_YET_VALID', "the hub's certificate is not valid yet: is the clock right, here and where it was made?"],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', unknownSigner],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownSigner],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownSigner],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownSigner],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownSigner],
  ['CERT_SIGNATURE_FAILURE', unknownSigner],
  ['INVALID_CA', "what signed the hub's certificate is no CA: issue it anew"],
  ['INVALID_PURPOSE', "the hub's certificate is not one for servers: issue it with that purpose"],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    "the hub's certificate has another name: set hub.tls.serverName to one of its names, or issue it for the host of hub.url",
  ],
]);

/** By OpenSSL's words for a handshake that does not come about; alerts without the version that stands before them. */
const handshakeFaults: ReadonlyMap<string, string> = new Map([
  ['wrong version number', noTls],
  ['packet length too long', noTls],
  ['http request', noTls],
  ['alert certificate required', 'the hub asks for a certificate: set hub.tls.certFile and keyFile'],
  [
    'alert handshake failure',
    'the hub does not take the handshake: does it ask for a certificate (hub.tls.certFile and keyFile)?',
  ],
  ['alert unknown ca', notOurs],
  ['alert bad certificate', notOurs],
  ['alert certificate expired', notOurs],
  ['alert certificate unknown', notOurs],
  ['alert unsupported certificate', notOurs],
  ['alert protocol version', 'the hub speaks neither TLS 1.2 nor 1.3'],
]);

/** The code is one for many where bytes were waiting to be written; the words are in the message in any case. */
function handshakeFault(message: string): string | undefined {
  const words = /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1];
  return words && (handshakeFaults.get(words.replace(/^\S+ (?=alert )/, '')) ?? words);
}

/** The system's code, and how to mend what is known. */
export function connectFault({ code, message }: NodeJS.ErrnoException): string {
  // Aborts have numbers for codes (DOMException).
  if (typeof code !== 'string') return message;
  const fault = certificateFaults.get(code) ?? handshakeFault(message);
  return fault === undefined ? code : `${code}: ${fault}`;
}
