/** What the commands with many options take, as the parser of command lines reads it. */

/** An option with a text. */
export interface TextOption {
  readonly type: 'string';
  readonly requiresArg: true;
  readonly describe: string;
}

/** One that has to be given. */
export interface NeededOption extends TextOption {
  readonly demandOption: true;
}

/** One that may be given more than once. */
export interface TextsOption {
  readonly type: 'string';
  readonly array: true;
  readonly nargs: 1;
  readonly default: string[];
  readonly describe: string;
}

/** One that is given or not. */
export interface FlagOption {
  readonly type: 'boolean';
  readonly default: boolean;
  readonly describe: string;
}

const text = (describe: string): TextOption => ({ type: 'string', requiresArg: true, describe });
const needed = (describe: string): NeededOption => ({ ...text(describe), demandOption: true });
const texts = (describe: string): TextsOption => ({ type: 'string', array: true, nargs: 1, default: [], describe });
const flag = (describe: string): FlagOption => ({ type: 'boolean', default: false, describe });

const config = needed('the config file, YAML');
const now = text('judge as if it were this time: 2026-11-25T23:00:00Z, or seconds since 1970');

/** Options that may be given more than once. */
export const repeatable: ReadonlySet<string> = new Set(['header', 'audience', 'claim']);

/** Where the token of `decode` and `verify` is. */
export const tokenPositional: { readonly type: 'string'; readonly describe: string } = {
  type: 'string',
  describe:
    'the token; by default, and with `-`, the standard input, so that it does not end up in the history of your shell',
};

/** Options that take a text, or several. */
type Texts<Names extends string, Option> = { readonly [name in Names]: Option };

/** `hubgate token verify`. */
export const verifyOptions: { readonly config: NeededOption } & Texts<
  'client-certificate' | 'dpop' | 'url' | 'method' | 'now',
  TextOption
> = {
  config,
  'client-certificate': text('the certificate that the connection shows, PEM or DER, for tokens that are bound to one'),
  dpop: text('the DPoP proof beside the token, for tokens that are bound to a key'),
  url: text('the URL that the DPoP proof is shown at (default: the one that it names)'),
  method: text('the method that the DPoP proof is shown with (default: the one that it names)'),
  now,
};

/** `hubgate token mint`. */
export const mintOptions: { readonly key: NeededOption; readonly generate: FlagOption } & Texts<
  'claims' | 'issuer' | 'subject' | 'expires-in' | 'kid' | 'alg' | 'type' | 'now',
  TextOption
> &
  Texts<'audience' | 'claim', TextsOption> = {
  key: needed('a local file: a private JWK or PEM, or an HMAC secret'),
  generate: flag('write a new key to --key (0600), its public half beside it as NAME.jwks.json, and no token'),
  claims: text('claims as a JSON object'),
  issuer: text('iss'),
  audience: texts('aud; several make a list'),
  subject: text('sub'),
  claim: texts('one more claim, name=value; the value is JSON where it can be, else a text'),
  'expires-in': text('exp, that long from now: 30s, 5m, 8h (default 5m)'),
  kid: text("kid in the header; the key's own by default"),
  alg: text("the algorithm; the key's usual one by default, ES256 for a new key"),
  type: text('typ in the header (default JWT)'),
  now: text('sign as if it were this time: 2026-11-25T23:00:00Z, or seconds since 1970'),
};

/** `hubgate init`. */
export const initOptions: Texts<'preset' | 'config', TextOption> = {
  preset: text("the hub's authenticator, as hub.authenticator names it (default: the config's)"),
  config: text("the gate's config file, whose header names and door for servers the hub has to know"),
};

/** `hubgate explain`. */
export const explainOptions: { readonly config: NeededOption; readonly header: TextsOption } & Texts<
  'request' | 'method' | 'path' | 'peer' | 'source' | 'token' | 'now',
  TextOption
> &
  Texts<'lf' | 'json' | 'show-secrets', FlagOption> = {
  config,
  request: text('a file with the raw head of an HTTP/1.1 request, `-` for the standard input'),
  lf: flag('the lines of --request end with LF alone, as editors write them'),
  method: text('the method (default GET)'),
  path: text('the request target, query included (default hub.baseUrl)'),
  header: texts("one field, 'Name: value'; Host is publicUrl's unless one is given"),
  peer: text('the address that connects, or unix (default: the first of trust.proxies)'),
  source: text('whom a PROXY header names, for listeners that take one; none: it names nobody'),
  token: text(
    'a file with a bearer token, `-` for the standard input; better than --header, which the history of your shell keeps',
  ),
  json: flag('print JSON'),
  'show-secrets': flag('show tokens, cookies and private keys in the bytes for the hub'),
  now,
};
