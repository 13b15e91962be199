/** Where the values of mount and data come from: each source gives what stands there for a user, before anybody reads it. */
import type { ProofSource, UserSource } from '../config/sections/sources.ts';
import type { FileLookup, Lookup, ProviderLookup } from '../gate/lookups.ts';
import { findingOf, type Look } from '../gate/policy.ts';
import type { Identity } from '../gate/proof.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import { type Given, givenBy } from './injected-expression.ts';

/** What sources need of identity/, which knows names of files and JSON, and of one another. */
export interface SourceTools {
  /** The path of one user's file, or null where the name can not be part of one. */
  readonly filePath: (template: string, user: string) => string | null;
  /** Reads JSON that has one meaning; undefined for any other text. */
  readonly readJson: (text: string) => unknown;
  /** How many sources are expressions. */
  readonly expressions: number;
}

/** Gives what the source has for a user, as JSON can say it; undefined: nothing. */
export type Source = (identity: Identity, look: Look) => Given | Refusal | Lookup;

const mostFileBytes = 16 * 1024;

const nothing: Given = { json: undefined };

/** Says for which header; what the operator alone is told says it already. */
function notHad({ detail, ...refusal }: Refusal, header: string): Refusal {
  return { ...refusal, detail: detail === '' ? '' : `the value for ${header} can not be had: ${detail}` };
}

function fileSource(template: string, header: string, { filePath, readJson }: SourceTools): Source {
  const invalid = (detail: string): Refusal => notHad(refuse('data-invalid', detail), header);
  return ({ user }, look) => {
    const file = filePath(template, user);
    if (file === null) return invalid('the user name can not be part of a file name');
    const lookup: FileLookup = { kind: 'lookup', key: `file:${file}`, what: 'file', file, maxBytes: mostFileBytes };
    const finding = findingOf(look, lookup);
    if (finding === undefined) return lookup;
    if ('reason' in finding) return notHad(finding, header);
    if (finding.text === undefined) return nothing;
    const json = readJson(finding.text);
    return json === undefined ? invalid("the user's file is not JSON of one meaning") : { json };
  };
}

function providerSource(header: string): Source {
  return ({ user }, look) => {
    const lookup: ProviderLookup = {
      kind: 'lookup',
      key: `provider:${header}:${user}`,
      what: 'provider',
      header,
      user,
    };
    const finding = findingOf(look, lookup);
    if (finding === undefined) return lookup;
    return 'reason' in finding ? notHad(finding, header) : { json: finding.answer };
  };
}

/** Compiles one source; `header` is what its value is for. */
export function compileSource(from: ProofSource | UserSource, header: string, tools: SourceTools): Source {
  switch (from.kind) {
    case 'claim':
      return ({ claims }) => ({ json: claims[from.claim] });
    case 'expression':
      return givenBy(from.expression, header, tools.expressions);
    case 'header': {
      const name = from.header.toLowerCase();
      return ({ asserted }) => ({ json: asserted.get(name) });
    }
    case 'file':
      return fileSource(from.file, header, tools);
    case 'url':
      return providerSource(header);
  }
}
