/** `inject`: what the gate writes, beyond or instead of what the preset says. */
import type { InjectConfig, InjectData, InjectMount, InjectUser } from '../config.ts';
import { filePath, injectPath } from '../formats.ts';
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
import { expressionShape } from './expressions.ts';

const claim = keyOrNull('A claim of the token', text("a claim's name"));
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
const fetched = {
  url: laterKey('An HTTP provider'),
  timeout: laterKey('How long the provider may take'),
  cacheFor: laterKey('How long its answer holds'),
} satisfies Fields;

const userShape: Shape<InjectUser> = shaped(
  group({ header: keyOrNull('Names the user (Remote-User)', injectedHeader()), headerFile, paths }),
  (written, report) => {
    namedOnce(written, report);
    return written;
  },
);

/** Without `{user}` every user would get one and the same mount. */
function templateFault(file: string): string | null {
  if (file.includes('\0')) return 'has a NUL';
  if (!file.includes('{user}')) return 'has no {user}';
  return /[{}]/.test(file.replaceAll('{user}', '')) ? 'has braces other than {user}' : null;
}

const mountFile = keyOrNull('A file per user', text('a path such as /run/mounts/{user}.json', templateFault));

/** The source that is written; reports where it is not exactly one. */
function onlyOne<Source>(sources: readonly (Source | null)[], expected: string, report: Report): Source {
  const [source, ...more] = sources.filter(one => one !== null);
  if (source === undefined || more.length > 0)
    report(`has ${source === undefined ? 'no source' : 'more than one source'}, expected ${expected}`);
  return source as Source;
}

const mountSources = group({
  claim,
  expression: keyOrNull('An expression on claims and user that gives the mount', expressionShape('mount')),
  file: mountFile,
  ...fetched,
});

const mountFromShape: Shape<InjectMount['from']> = shaped(mountSources, ({ claim: name, expression, file }, report) => {
  const sources: (InjectMount['from'] | null)[] = [
    name === null ? null : { kind: 'claim', claim: name },
    expression === null ? null : { kind: 'expression', expression },
    file === null ? null : { kind: 'file', file },
  ];
  return onlyOne(sources, 'claim, expression or file', report);
});

const mountShape: Shape<InjectMount> = shaped(
  group({
    header: keyOrNull('Carries the mount (Mount)', injectedHeader()),
    headerFile,
    from: key('Where the mount comes from', mountFromShape),
    optional: keyOr('A user without a mount logs in without one', flag(), false),
    paths,
  }),
  (written, report) => {
    namedOnce(written, report);
    return { ...written, header: written.header ?? 'Mount' };
  },
);

const dataFields = group({
  claim,
  expression: keyOrNull('An expression on claims and user that gives the value', expressionShape('data')),
  header: keyOrNull('A header that sso[].headers names', text('a header name')),
  file: laterKey('A file per user'),
  ...fetched,
  paths,
});
type DataSource = Omit<InjectData, 'header'>;

const dataShape: Shape<DataSource> = shaped(dataFields, (written, report): DataSource => {
  const { claim: name, expression, header } = written;
  const sources: (InjectData['from'] | null)[] = [
    name === null ? null : { kind: 'claim', claim: name },
    expression === null ? null : { kind: 'expression', expression },
    header === null ? null : { kind: 'header', header },
  ];
  return { from: onlyOne(sources, 'claim, expression or header', report), paths: written.paths };
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
