/** What can be said of an expression by looking at it: what it calls, how deep it loops, which claims it names. */

/** A node of an expression as the parser leaves it; what stands in `args` hangs on `op`. */
export interface Syntax {
  readonly op: string;
  readonly args: unknown;
  /** Where it begins in the source, from 0. */
  readonly start: number;
}

/** A call: `f(…)` without a receiver, `x.f(…)` with one. */
export interface Call {
  readonly name: string;
  readonly receiver: Syntax | null;
  readonly args: readonly Syntax[];
}

/** Tells a node from what else stands among the arguments of one. */
function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value && 'start' in value;
}

function nodesIn(value: unknown): Syntax[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isSyntax(value) ? [value] : [];
}

/** The nodes directly below. */
function below(node: Syntax): Syntax[] {
  return node.op === 'value' ? [] : nodesIn(node.args);
}

/** The node and all below it. */
export function allOf(node: Syntax): Syntax[] {
  return [node, ...below(node).flatMap(allOf)];
}

/** What a node calls; null where it is no call. */
export function callOf({ op, args }: Syntax): Call | null {
  if ((op !== 'call' && op !== 'rcall') || !Array.isArray(args)) return null;
  const [name, first, second]: readonly unknown[] = args;
  const receiver = op === 'rcall' && isSyntax(first) ? first : null;
  return { name: String(name), receiver, args: nodesIn(op === 'rcall' ? second : first) };
}

/** Has a call call another function. */
export function renameCall({ args }: Syntax, name: string): void {
  if (Array.isArray(args)) args[0] = name;
}

/** The text that a node is, written out; null where it is something else. */
export function literalText(node: Syntax | undefined): string | null {
  return node?.op === 'value' && typeof node.args === 'string' ? node.args : null;
}

const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

function isLoop(node: Syntax): boolean {
  const call = callOf(node);
  return call !== null && call.receiver !== null && loops.has(call.name);
}

/** Has something done before each step of each loop. Of an expression that is checked, and not evaluated yet. */
export function beforeSteps(syntax: Syntax, run: () => void): void {
  for (const node of allOf(syntax)) {
    const step = isLoop(node) ? callOf(node)?.args[1] : undefined;
    if (step !== undefined) doBefore(step, run);
  }
}

type Evaluate = (this: unknown, ...given: unknown[]) => unknown;

/** The library's nodes choose how they are evaluated when they are for the first time, and put that in the place of this member. */
function doBefore(node: Syntax, run: () => void): void {
  let evaluate: Evaluate = Reflect.get(node, 'evaluate');
  const evaluateAfter: Evaluate = (...given) => {
    run();
    return evaluate.apply(node, given);
  };
  Object.defineProperty(node, 'evaluate', {
    get: () => evaluateAfter,
    set(chosen: Evaluate) {
      evaluate = chosen;
    },
  });
}

/** How many loops there are. */
export function loopCount(node: Syntax): number {
  return allOf(node).filter(isLoop).length;
}

/** How many loops stand inside one another at most; one over what another gave is not inside of it. */
export function loopDepth(node: Syntax): number {
  const deepest = (nodes: readonly Syntax[]): number => Math.max(0, ...nodes.map(loopDepth));
  const call = callOf(node);
  if (call === null || call.receiver === null || !isLoop(node)) return deepest(below(node));
  return Math.max(loopDepth(call.receiver), 1 + deepest(call.args));
}

/** What every value of a sum of texts begins with: its first part, where that is written out. */
export function leadingText(node: Syntax): string {
  let first: unknown = node;
  while (isSyntax(first) && first.op === '+' && Array.isArray(first.args)) first = first.args[0];
  return isSyntax(first) ? (literalText(first) ?? '') : '';
}

const selections: ReadonlySet<string> = new Set(['.', '.?', '[]', '[?]']);

function memberNamed({ op, args }: Syntax, variable: string): string | null {
  if (!selections.has(op) || !Array.isArray(args)) return null;
  const [from, name]: readonly unknown[] = args;
  if (!isSyntax(from) || from.op !== 'id' || from.args !== variable) return null;
  if (typeof name === 'string') return name;
  return isSyntax(name) ? literalText(name) : null;
}

/** Whether a variable stands anywhere but before the name of a member: `"email" in claims`, `claims[key]`. */
export function isUsedWhole(node: Syntax, variable: string): boolean {
  const parts = allOf(node);
  const uses = parts.filter(({ op, args }) => op === 'id' && args === variable).length;
  return uses > parts.filter(part => memberNamed(part, variable) !== null).length;
}

/** The members of a variable that stand in it by name: `email` for `claims.email`, `claims.?email` and `claims["email"]`. */
export function membersNamed(node: Syntax, variable: string): ReadonlySet<string> {
  return new Set(allOf(node).flatMap(part => memberNamed(part, variable) ?? []));
}
