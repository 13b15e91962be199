/** `sso`: identity asserted in headers by a trusted proxy. */
import type { SsoConfig, SsoHeaders } from '../config.ts';
import { cidr } from '../formats.ts';
import { assertedHeader } from '../header-names.ts';
import type { Parts } from '../readable.ts';
import {
  anyText,
  choice,
  flag,
  group,
  key,
  keyOr,
  keyOrNull,
  later,
  laterKey,
  list,
  openGroup,
  readKeys,
  type Shape,
  shaped,
  text,
} from '../shape.ts';

/** What `maxAge` says by default: 8 h. */
const MAX_AGE_MS = 28_800_000;

const headersFields = openGroup(
  {
    username: key('Names the user', assertedHeader()),
    groups: keyOrNull("Lists the user's groups", assertedHeader()),
  },
  assertedHeader(),
);

const headersShape: Shape<SsoHeaders> = shaped(headersFields, ({ username, groups, ...others }) => ({
  username,
  groups,
  others: Object.values(others),
}));

const entry = group({
  name: key('Names the proxy in logs', text('a name')),
  namespace: keyOrNull('Provers that are one directory share it', text("a directory's name")),
  proxies: key('CIDRs of the proxy; inside trust.proxies', list('a list with one CIDR or more', cidr(), 1)),
  headers: key('Which fields say what; further keys name fields for inject.data', headersShape),
  prefix: keyOr('Put before the user name', anyText('a text, may be empty'), ''),
  separator: keyOr('What stands between two groups', text('one character or more'), ','),
  encoding: keyOr('How the values are encoded', choice(['utf-8', 'latin-1']), 'utf-8'),
  maxAge: later('How long one assertion carries a WebSocket', '8h'),
  require: laterKey('Second factor beside the address', {
    sharedSecret: 'A secret in a field: header, files',
    clientCertificate: 'A TLS client certificate: subjectAltName',
  }),
  dangerouslyTrustAddressOnly: keyOr('The address alone is trusted', flag(), false),
});

/** Proxies that assert, in the order of the file. */
export const ssoShape: Shape<SsoConfig[]> = list(
  'a list of proxies that assert the user',
  shaped(entry, written => ({
    name: written.name,
    namespace: written.namespace,
    proxies: written.proxies,
    headers: written.headers,
    prefix: written.prefix,
    separator: written.separator,
    encoding: written.encoding,
    maxAgeMs: MAX_AGE_MS,
    dangerouslyTrustAddressOnly: written.dangerouslyTrustAddressOnly,
  })),
);

/** What holds of one proxy, as far as rules look at it. */
export function ssoParts(written: unknown): Parts<SsoConfig> {
  const { name, namespace, proxies, headers, prefix, dangerouslyTrustAddressOnly } = readKeys(entry, written);
  return { name, namespace, proxies, headers, prefix, dangerouslyTrustAddressOnly };
}
