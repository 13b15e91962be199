/** Expressions in CEL as Kubernetes has them, compiled once and bounded. */
import { derived } from '../http/derived.ts';
import { ownFunctions } from './functions.ts';
import { celLibrary, type Environment } from './library.ts';
import { linearPattern } from './linear-pattern.ts';
import { meter } from './metered.ts';
import {
  allOf,
  callOf,
  isUsedWhole,
  leadingText,
  literalText,
  loopCount,
  loopDepth,
  membersNamed,
  renameCall,
  type Syntax,
} from './syntax.ts';
import { fromObject, isLarge } from './values.ts';
import { beginWork, didTooMuch } from './work.ts';

/** The user of a token, as Kubernetes' UserInfo has it. */
export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid: string;
  /** By key, `example.org/team`. */
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/** What an expression looks at; those that its use does not know need not be there. */
export interface Variables {
  /** Objects of JSON without a prototype. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly user?: UserInfo;
}

/** Why an expression has no value: something that it names is not there, it failed otherwise, or what it looks at is too large. */
export type Fault = 'missing' | 'failed' | 'large';

/** What an expression gave. */
export type Evaluation = { readonly value: unknown } | { readonly fault: Fault };

/** A compiled expression. */
export interface Expression {
  readonly source: string;
  /** What every text that it gives begins with. */
  readonly leadingText: string;
  /** Claims that it names. */
  readonly claims: ReadonlySet<string>;
  /** It looks at claims in another way than by name as well: any of them may matter to it. */
  readonly anyClaim: boolean;
  /** Never throws. */
  evaluate(variables: Variables): Evaluation;
}

/** What an expression is for: which variables it has, and what it has to give. */
export type ExpressionUse = 'claimRule' | 'claimText' | 'claimTexts' | 'userRule' | 'data' | 'mount';

interface Use {
  readonly variables: readonly ('claims' | 'user')[];
  readonly gives: string;
  /** Types that it may have, in the type checker's words. */
  readonly types: RegExp;
}

const uses: Readonly<Record<ExpressionUse, Use>> = {
  claimRule: { variables: ['claims'], gives: 'true or false', types: /^bool$/ },
  claimText: { variables: ['claims'], gives: 'a text', types: /^(string|dyn)$/ },
  claimTexts: {
    variables: ['claims'],
    gives: 'a text or a list of texts',
    types: /^(string|dyn|null|list(<(string|dyn)>)?)$/,
  },
  userRule: { variables: ['user'], gives: 'true or false', types: /^bool$/ },
  data: {
    variables: ['claims', 'user'],
    gives: 'what JSON can say',
    types: /^(string|int|double|bool|null|dyn|list.*|map.*|optional.*)$/,
  },
  mount: { variables: ['claims', 'user'], gives: 'a map', types: /^(dyn|null|map.*|optional.*)$/ },
};

const mostCharacters = 4096;
const mostLoops = 8;
const mostLoopsInside = 2;
const limits = { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 };

/** What may be called. What the library has beside is not Kubernetes', or costs far more than its input is long. */
const functions: ReadonlySet<string> = new Set([
  ...['all', 'exists', 'exists_one', 'filter', 'map', 'has', 'size', 'type', 'dyn'],
  ...['bool', 'double', 'int', 'string', 'hasValue', 'or', 'orValue', 'value'],
  ...['contains', 'endsWith', 'startsWith', 'indexOf', 'lastIndexOf', 'substring', 'trim'],
  ...ownFunctions.keys(),
]);

const userSchema = {
  username: 'string',
  groups: 'list<string>',
  uid: 'string',
  extra: 'map<string, list<string>>',
} as const satisfies Record<keyof UserInfo, string>;

/** Lists and maps of several types are what data headers carry. */
const options = { enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits };

function makeEnvironment({ variables }: Use): Environment {
  const made = new (celLibrary().Environment)(options);
  for (const { signatures, handler } of ownFunctions.values())
    for (const signature of signatures) made.registerFunction(signature, handler, { async: false });
  if (variables.includes('claims')) made.registerVariable('claims', 'map<string, dyn>');
  if (variables.includes('user')) made.registerVariable('user', { schema: userSchema });
  return made;
}

/** Made for the first expression of its use: a policy without expressions has none. */
const environmentOf = derived(makeEnvironment);

/** Why an expression can not be taken, and where in it, as far as that is known. */
interface Complaint {
  readonly about: string;
  readonly at: number | undefined;
}

function complaintOfError(error: unknown): Complaint {
  const { ParseError, TypeError: TypeFault } = celLibrary();
  return error instanceof ParseError || error instanceof TypeFault
    ? { about: error.summary, at: error.range?.start }
    : { about: 'is not understood', at: undefined };
}

function badCall(node: Syntax): Complaint | null {
  const call = callOf(node);
  if (call === null) return null;
  if (!functions.has(call.name)) return { about: `There is no function ${call.name} here`, at: node.start };
  if (call.name !== 'matches') return null;
  const pattern = literalText(call.args[0]);
  if (pattern === null) return { about: 'A pattern must be written out', at: node.start };
  return linearPattern(pattern) === null ? { about: 'The pattern is none of RE2', at: node.start } : null;
}

function badSyntax(syntax: Syntax): Complaint | null {
  for (const node of allOf(syntax)) {
    const complaint = badCall(node);
    if (complaint !== null) return complaint;
  }
  if (loopCount(syntax) > mostLoops) return { about: `There are more than ${mostLoops} loops`, at: undefined };
  return loopDepth(syntax) > mostLoopsInside
    ? { about: `More than ${mostLoopsInside} loops stand inside one another`, at: undefined }
    : null;
}

function useOwnFunctions(syntax: Syntax): void {
  for (const node of allOf(syntax)) {
    const own = ownFunctions.get(callOf(node)?.name ?? '');
    if (own !== undefined) renameCall(node, own.calledAs);
  }
}

type Evaluate = (variables: ReadonlyMap<string, unknown>) => unknown;

interface Parsed {
  readonly syntax: Syntax;
  readonly evaluate: Evaluate;
}

function parse(source: string, use: Use): Parsed | Complaint {
  try {
    const evaluate = environmentOf(use).parse(source);
    const syntax: Syntax = evaluate.ast;
    const bad = badSyntax(syntax);
    if (bad !== null) return bad;
    useOwnFunctions(syntax);
    const { error, type = '' } = evaluate.check();
    if (error !== undefined) return complaintOfError(error);
    if (!use.types.test(type)) {
      const mend = type === 'dyn' ? ', which may be anything: compare it, as == true does' : '';
      return { about: `It gives ${type}${mend}`, at: undefined };
    }
    meter(syntax);
    return { syntax, evaluate };
  } catch (error) {
    return complaintOfError(error);
  }
}

/** Where a text must be in quotes for who takes secrets out of messages, the source's own words are. */
function fault({ about, at }: Complaint, { gives, variables }: Use): { readonly fault: string } {
  const where = at === undefined ? '' : ` at its character ${at + 1}`;
  const why = about.replaceAll('"', "'");
  return {
    fault: `is not taken${where} ("${why}"), expected an expression on ${variables.join(' and ')} that gives ${gives}`,
  };
}

type Claims = NonNullable<Variables['claims']>;

let latest: { readonly claims: Claims; readonly values: ReturnType<typeof fromObject> } | undefined;

/** All expressions on a token follow one another; kept any longer, its values would take up more than the token. */
function valuesOf(claims: Claims): ReturnType<typeof fromObject> {
  if (latest?.claims !== claims) latest = { claims, values: fromObject(claims) };
  return latest.values;
}

const mostGroups = 1000;

/** What the library looks at; null where it is too large. */
function context({ claims, user }: Variables): ReadonlyMap<string, unknown> | null {
  const values = new Map<string, unknown>();
  if (claims !== undefined) values.set('claims', valuesOf(claims) ?? null);
  if (user !== undefined) values.set('user', user.groups.length > mostGroups ? null : { ...user });
  return [...values.values()].includes(null) ? null : values;
}

const missing: ReadonlySet<string> = new Set(['no_such_key', 'index_out_of_bounds', 'optional_value_missing']);

function faultOf(error: unknown): Fault {
  return error instanceof celLibrary().EvaluationError && missing.has(error.code) ? 'missing' : 'failed';
}

function evaluation(evaluate: Evaluate, variables: Variables): Evaluation {
  const values = context(variables);
  if (values === null) return { fault: 'large' };
  try {
    beginWork();
    const given = evaluate(values);
    if (didTooMuch()) return { fault: 'failed' };
    const value = given instanceof celLibrary().Optional ? (given.hasValue() ? given.value() : null) : given;
    return isLarge(value) ? { fault: 'large' } : { value };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

/** Compiles an expression, or says why it is not good for this use. */
export function compileExpression(source: string, useName: ExpressionUse): Expression | { readonly fault: string } {
  const use = uses[useName];
  if (source.length > mostCharacters) return { fault: `is too long, expected ${mostCharacters} characters or fewer` };
  const parsed = parse(source, use);
  if ('about' in parsed) return fault(parsed, use);
  const { syntax, evaluate } = parsed;
  return {
    source,
    leadingText: leadingText(syntax),
    claims: membersNamed(syntax, 'claims'),
    anyClaim: isUsedWhole(syntax, 'claims'),
    evaluate: variables => evaluation(evaluate, variables),
  };
}
