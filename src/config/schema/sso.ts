/** `sso`: identity asserted in headers by a trusted proxy. */

import { cidr, filePath } from '../formats.ts';
import { assertedHeader } from '../header-names.ts';
import type { Parts } from '../readable.ts';
import type { SsoConfig, SsoHeaders, SsoRequire } from '../sections/sso.ts';
import {
  anyText,
  choice,
  flag,
  group,
  key,
  keyOr,
  keyOrNull,
  list,
  openGroup,
  readKeys,
  type Shape,
  shaped,
  text,
} from '../shape.ts';
import { subjectAltName } from '../subject-alt-name.ts';
import { duration } from '../units.ts';

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

const requireFields = group({
  sharedSecret: keyOrNull(
    'A secret that the proxy sends in a field of its own',
    group({
      header: key('The field; no client may speak it, and it never goes on', assertedHeader()),
      files: key(
        'Files with a secret of 16 bytes or more; several for rotation, read again when they change',
        list('a list with one file or more', filePath(), 1),
      ),
    }),
  ),
  clientCertificate: keyOrNull(
    'A TLS client certificate that one of the listeners has verified',
    group({ subjectAltName: key('The URI, DNS name or e-mail address in it', subjectAltName()) }),
  ),
});

const requireShape: Shape<SsoRequire> = shaped(requireFields, (written, report) => {
  if (written.sharedSecret === null && written.clientCertificate === null)
    report('asks for nothing, expected sharedSecret, clientCertificate or both');
  return written;
});

const entry = group({
  name: key('Names the proxy in logs', text('a name')),
  namespace: keyOrNull('Provers that are one directory share it', text("a directory's name")),
  proxies: key('CIDRs of the proxy; inside trust.proxies', list('a list with one CIDR or more', cidr(), 1)),
  headers: key('Which fields say what; further keys name fields for inject.data', headersShape),
  prefix: keyOr('Put before the user name', anyText('a text, may be empty'), ''),
  separator: keyOr('What stands between two groups', text('one character or more'), ','),
  encoding: keyOr('How the values are encoded', choice(['utf-8', 'latin-1']), 'utf-8'),
  maxAge: keyOr('How long one assertion holds', duration('1s', '30d'), '8h'),
  require: keyOrNull('Second factor beside the address', requireShape),
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
    maxAgeMs: written.maxAge,
    require: written.require,
    dangerouslyTrustAddressOnly: written.dangerouslyTrustAddressOnly,
  })),
);

/** What holds of one proxy, as far as rules look at it. */
export function ssoParts(written: unknown): Parts<SsoConfig> {
  const { name, namespace, proxies, headers, prefix, require, dangerouslyTrustAddressOnly } = readKeys(entry, written);
  return { name, namespace, proxies, headers, prefix, require, dangerouslyTrustAddressOnly };
}
