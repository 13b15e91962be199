/** `inject`: what the gate writes, beyond or instead of what the preset says. */

import { filePath, injectPath } from '../formats.ts';
import { injectedHeader } from '../header-names.ts';
import {
  type InjectConfig,
  type InjectData,
  type InjectMount,
  type InjectUser,
  MOUNT_KEYS,
} from '../sections/inject.ts';
import type { ProofSource, UserSource } from '../sections/sources.ts';
import {
  choice,
  dictionary,
  flag,
  group,
  key,
  keyOr,
  keyOrNull,
  list,
  type Report,
  type Shape,
  shaped,
  text,
} from '../shape.ts';
import { onlyOne, sourceFields, writtenSources } from './sources.ts';

const paths = keyOrNull(
  "Exact paths below baseUrl, or /** for every path; the preset's when left out",
  list('a list with one path or more', injectPath(), 1),
);
const headerFile = keyOrNull('File with a secret name, instead of header', filePath());

/** One name a header. */
function namedOnce(
  written: { readonly header: string | null; readonly headerFile: string | null },
  report: Report,
): void {
  if (written.header !== null && written.headerFile !== null)
    report('stands beside header, expected one of both', 'headerFile');
}

const userShape: Shape<InjectUser> = shaped(
  group({ header: keyOrNull('Names the user (Remote-User)', injectedHeader()), headerFile, paths }),
  (written, report) => {
    namedOnce(written, report);
    return written;
  },
);

const mountFromShape: Shape<InjectMount['from']> = shaped(group(sourceFields('mount')), (written, report) =>
  onlyOne(writtenSources(written, report), 'claim, expression, file or url', report),
);

const KNOWN_KEYS: ReadonlySet<string> = new Set(MOUNT_KEYS);

const mountKey = text('a key such as PORT: capital letters, digits and _', written => {
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(written)) return 'is no such key';
  return KNOWN_KEYS.has(written) ? 'is in every mount already' : null;
});

const mountKeys: Shape<string[]> = shaped(list('a list of keys', mountKey), (keys, report) => {
  for (const [index, one] of keys.entries())
    if (keys.indexOf(one) < index) report('stands in the list already, expected another', index);
  return keys;
});

const mountShape: Shape<InjectMount> = shaped(
  group({
    header: keyOrNull('Carries the mount (Mount)', injectedHeader()),
    headerFile,
    from: key('Where the mount comes from', mountFromShape),
    keys: keyOr('Keys that a mount has beside HOST, USERNAME, PATH and MOUNTSSHPRIVATEKEY', mountKeys, []),
    optional: keyOr('A user whose mount is not there, or can not be had now, logs in without one', flag(), false),
    paths,
  }),
  (written, report) => {
    namedOnce(written, report);
    return { ...written, header: written.header ?? 'Mount' };
  },
);

const dataFields = group({
  ...sourceFields('data'),
  header: keyOrNull('A header that sso[].headers names', text('a header name')),
  paths,
});
type DataSource = Omit<InjectData, 'header'>;

const dataShape: Shape<DataSource> = shaped(dataFields, (written, report): DataSource => {
  const { header } = written;
  const asserted: ProofSource[] = header === null ? [] : [{ kind: 'header', header }];
  const sources: (ProofSource | UserSource)[] = [...writtenSources(written, report), ...asserted];
  return { from: onlyOne(sources, 'claim, expression, header, file or url', report), paths: written.paths };
});

const fields = group({
  user: keyOrNull('The identity header; needed for custom', userShape),
  mount: keyOrNull('The mount header', mountShape),
  data: keyOr(
    'Data headers by name',
    dictionary('a map from header names to sources', injectedHeader(), dataShape),
    {},
  ),
  onSpoof: keyOr('What happens when a client speaks a reserved header', choice(['strip', 'refuse']), 'strip'),
});

/** Injections, in the order of the file. */
export const injectShape: Shape<InjectConfig> = shaped(fields, written => ({
  ...written,
  data: [...written.data].map(([header, source]) => ({ header, ...source })),
}));
