/** `inject`: what the gate writes, beyond or instead of what the preset says. */
import type { InjectConfig, InjectData, InjectMount, InjectUser } from '../config.ts';
import { injectPath } from '../formats.ts';
import { injectedHeader } from '../header-names.ts';
import {
  choice,
  dictionary,
  type Fields,
  flag,
  group,
  key,
  keyOr,
  keyOrNull,
  laterKey,
  list,
  type Report,
  type Shape,
  shaped,
  text,
} from '../shape.ts';

const claim = keyOrNull('A claim of the token', text("a claim's name"));
const paths = keyOrNull(
  "Exact paths below baseUrl, or /** for every path; the preset's when left out",
  list('a list with one path or more', injectPath(), 1),
);
const headerFile = laterKey('File with a secret name, instead of header');
const fetched = {
  expression: laterKey('A CEL expression'),
  url: laterKey('An HTTP provider'),
  timeout: laterKey('How long the provider may take'),
  cacheFor: laterKey('How long its answer holds'),
} satisfies Fields;

const userShape: Shape<InjectUser> = shaped(
  group({ header: keyOrNull('Names the user (Remote-User)', injectedHeader()), headerFile, paths }),
  written => ({ header: written.header, paths: written.paths }),
);

/** Without `{user}` every user would get one and the same mount. */
function templateFault(file: string): string | null {
  if (file.includes('\0')) return 'has a NUL';
  if (!file.includes('{user}')) return 'has no {user}';
  return /[{}]/.test(file.replaceAll('{user}', '')) ? 'has braces other than {user}' : null;
}

const mountFile = keyOrNull('A file per user', text('a path such as /run/mounts/{user}.json', templateFault));

function mountFrom(from: { claim: string | null; file: string | null }, report: Report): InjectMount['from'] {
  if ((from.claim === null) === (from.file === null))
    report(`has ${from.claim === null ? 'no source' : 'two sources'}, expected claim or file`);
  return from.claim === null ? { kind: 'file', file: from.file ?? '' } : { kind: 'claim', claim: from.claim };
}

const mountShape: Shape<InjectMount> = shaped(
  group({
    header: keyOr('Carries the mount', injectedHeader(), 'Mount'),
    headerFile,
    from: key('Where the mount comes from', shaped(group({ claim, file: mountFile, ...fetched }), mountFrom)),
    optional: keyOr('A user without a mount logs in without one', flag(), false),
    paths,
  }),
  written => ({ header: written.header, from: written.from, optional: written.optional, paths: written.paths }),
);

const dataFields = group({
  claim,
  header: keyOrNull('A header that sso[].headers names', text('a header name')),
  file: laterKey('A file per user'),
  ...fetched,
  paths,
});
type DataSource = Omit<InjectData, 'header'>;

const dataShape: Shape<DataSource> = shaped(dataFields, (written, report): DataSource => {
  if ((written.claim === null) === (written.header === null))
    report(`has ${written.claim === null ? 'no source' : 'two sources'}, expected claim or header`);
  return written.claim === null
    ? { from: { kind: 'header', header: written.header ?? '' }, paths: written.paths }
    : { from: { kind: 'claim', claim: written.claim }, paths: written.paths };
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
