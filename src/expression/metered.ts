/** Has every step of an expression counted, and what an operator or function looks at before it does. */
import { allOf, callOf, type Syntax } from './syntax.ts';
import { charge } from './work.ts';

/** A node as the library runs it, once its types are checked. */
interface Running {
  /** The library puts another in its place with the first call. */
  evaluate: (...inner: unknown[]) => unknown;
  /** What an operator or call does with what its operands gave; other nodes have none. */
  handle?: (...operands: unknown[]) => unknown;
}

/** Operators that may go through all of a text, list or map. */
const comparing: ReadonlySet<string> = new Set(['==', '!=', 'in', '<', '<=', '>', '>=']);

/** Characters that are held against others all at once; to look for a text in a text can cost the product of their lengths. */
const comparisonsAStep = 64;

/** A fault is made with its place in the source and in the program, and thrown on by each node above. */
const stepsAFault = 256;

/** By the members of lists and maps, and theirs, and the characters of texts. */
function chargeAll(value: unknown): void {
  charge(typeof value === 'string' ? 1 + value.length / comparisonsAStep : 1);
  if (typeof value !== 'object' || value === null) return;
  const members = Array.isArray(value)
    ? value
    : value instanceof Map
      ? [...value].flat()
      : Object.entries(value).flat();
  for (const member of members) chargeAll(member);
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0;
}

function chargeSum(left: unknown, right: unknown): void {
  charge(lengthOf(left) + lengthOf(right));
}

function chargeCall(args: unknown): void {
  const [first = 0, second = 0, ...more] = Array.isArray(args) ? args.map(lengthOf) : [];
  charge(first + second + more.reduce((sum, length) => sum + length, 0) + (first * second) / comparisonsAStep);
}

/** A name in a map is found at once. */
function chargeComparison(left: unknown, right: unknown, op: string): void {
  if (op !== 'in' || Array.isArray(right)) chargeAll(right);
  chargeAll(left);
}

function chargeFor(node: Syntax): ((...operands: unknown[]) => void) | null {
  if (comparing.has(node.op)) return (left, right) => chargeComparison(left, right, node.op);
  if (node.op === '+') return chargeSum;
  return callOf(node) === null ? null : chargeCall;
}

function isRunning(node: object): node is Running {
  return 'evaluate' in node && typeof node.evaluate === 'function';
}

function countSteps(node: Running): void {
  let { evaluate } = node;
  const counted = (...inner: unknown[]): unknown => {
    charge(1);
    try {
      return evaluate.apply(node, inner);
    } catch (error) {
      charge(stepsAFault);
      throw error;
    }
  };
  Object.defineProperty(node, 'evaluate', {
    get: () => counted,
    set: (other: Running['evaluate']) => {
      evaluate = other;
    },
  });
}

/** Once the types of the whole are checked. Throws where the library runs nodes in another way. */
export function meter(syntax: Syntax): void {
  for (const node of allOf(syntax)) {
    if (!isRunning(node)) throw new TypeError('a node that can not be run');
    countSteps(node);
    const { handle } = node;
    const chargeOperands = handle && chargeFor(node);
    if (!handle || !chargeOperands) continue;
    node.handle = (...operands) => {
      chargeOperands(...operands);
      return handle(...operands);
    };
  }
}
