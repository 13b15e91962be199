/** What the commands with many options take, as the parser of command lines reads it. */

const config = { type: 'string', describe: 'the config file, YAML', demandOption: true, requiresArg: true } as const;
const now = {
  type: 'string',
  requiresArg: true,
  describe: 'judge as if it were this time: 2026-11-25T23:00:00Z, or seconds since 1970',
} as const;

/** Options that may be given more than once. */
export const repeatable: ReadonlySet<string> = new Set(['header', 'audience', 'claim']);

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;
const texts = (describe: string) =>
  ({ type: 'string', array: true, nargs: 1, default: [] as string[], describe }) as const;

/** Where the token of `decode` and `verify` is. */
export const tokenPositional = {
  type: 'string',
  describe:
    'the token; by default, and with `-`, the standard input, so that it does not end up in the history of your shell',
} as const;

/** `hubgate token verify`. */
export const verifyOptions = { config, now } as const;

/** `hubgate token mint`. */
export const mintOptions = {
  key: {
    type: 'string',
    demandOption: true,
    requiresArg: true,
    describe: 'a local file: a private JWK or PEM, or an HMAC secret',
  },
  generate: {
    type: 'boolean',
    default: false,
    describe: 'write a new key to --key (0600), its public half beside it as NAME.jwks.json, and no token',
  },
  claims: text('claims as a JSON object'),
  issuer: text('iss'),
  audience: texts('aud; several make a list'),
  subject: text('sub'),
  claim: texts('one more claim, name=value; the value is JSON where it can be, else a text'),
  'expires-in': text('exp, that long from now: 30s, 5m, 8h (default 5m)'),
  kid: text("kid in the header; the key's own by default"),
  alg: text("the algorithm; the key's usual one by default"),
  type: text('typ in the header (default JWT)'),
  now: text('sign as if it were this time: 2026-11-25T23:00:00Z, or seconds since 1970'),
} as const;

/** `hubgate explain`. */
export const explainOptions = {
  config,
  request: text('a file with the raw head of an HTTP/1.1 request, `-` for the standard input'),
  lf: { type: 'boolean', default: false, describe: 'the lines of --request end with LF alone, as editors write them' },
  method: text('the method (default GET)'),
  path: text('the request target, query included (default hub.baseUrl)'),
  header: texts("one field, 'Name: value'; Host is publicUrl's unless one is given"),
  peer: text('the address that connects, or unix (default: the first of trust.proxies)'),
  source: text('whom a PROXY header names, for listeners that take one; none: it names nobody'),
  token: text(
    'a file with a bearer token, `-` for the standard input; better than --header, which the history of your shell keeps',
  ),
  json: { type: 'boolean', default: false, describe: 'print JSON' },
  'show-secrets': {
    type: 'boolean',
    default: false,
    describe: 'show tokens, cookies and private keys in the bytes for the hub',
  },
  now,
} as const;
