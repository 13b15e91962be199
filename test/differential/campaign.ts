/** Tries many generated cases, and makes those small that breach the law. */
import fc from 'fast-check';

/** A breach of a law: the rule, and what is the same in all breaches of one kind. */
export interface Breach<Rule extends string = string> {
  readonly rule: Rule;
  readonly kind: string;
  readonly detail: string;
}

/** A case that breaches the law, as small as it could be made. */
export interface Finding {
  /** The case as JSON. */
  readonly shown: string;
  /** Empty where it was not seen again when the case was alone. */
  readonly breaches: readonly Breach[];
}

/** What cases are and how they are tried. */
export interface Campaign<Case> {
  readonly cases: fc.Arbitrary<Case>;
  /** Breaches of each case, in order. */
  readonly attempt: (cases: readonly Case[]) => Promise<readonly (readonly Breach[])[]>;
  /** The bytes that may be cut out of a case; latin1. */
  readonly bytesOf: (each: Case) => string;
  readonly withBytes: (each: Case, bytes: string) => Case;
}

/** How much to try. */
export interface Extent {
  readonly runs: number;
  readonly seed: number;
}

/** A long run is bounded by its runs, not by a clock. */
export const longestMs: number = 2 ** 31 - 1;

const batchSize = 64;
const smallerAtOnce = 16;
/** Long enough for what is found at once; a case that hangs is shown as it is. */
const longestShrinkMs = 20_000;
/** Of one kind, and of all; more would be the same few causes again. */
const most = { ofKind: 3, ofAll: 9 };

/** Runs and seed from the environment, which `npm run differential` sets. */
export function extentOf(runs: number): Extent {
  const { HUBGATE_DIFFERENTIAL_RUNS: wanted, HUBGATE_DIFFERENTIAL_SEED: seed } = process.env;
  return {
    runs: wanted === undefined ? runs : Number(wanted),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(seed),
  };
}

function keyOf({ rule, kind }: Breach): string {
  return `${rule}: ${kind}`;
}

/** Every text that lacks one stretch of that length. */
function without(text: string, length: number): string[] {
  const places = Array.from({ length: Math.ceil(text.length / length) }, (_, at) => at * length);
  return places.map(at => text.slice(0, at) + text.slice(at + length));
}

/** Cuts stretches out for as long as the same breach is there (delta debugging). */
export async function minimised<Case>(campaign: Campaign<Case>, first: Case, key: string): Promise<Case> {
  let best = first;
  const deadline = performance.now() + longestShrinkMs;
  const size = campaign.bytesOf(first).length;
  for (let length = Math.ceil(size / 2); length >= 1 && performance.now() < deadline; ) {
    const smaller = without(campaign.bytesOf(best), length).map(bytes => campaign.withBytes(best, bytes));
    const found = await firstBreaching(campaign, smaller, key);
    if (found !== null) best = found;
    else length = length === 1 ? 0 : Math.ceil(length / 2);
  }
  return best;
}

async function firstBreaching<Case>(
  { attempt }: Campaign<Case>,
  cases: readonly Case[],
  key: string,
): Promise<Case | null> {
  for (let at = 0; at < cases.length; at += smallerAtOnce) {
    const batch = cases.slice(at, at + smallerAtOnce);
    const breaches = await attempt(batch);
    const found = batch.find((_, each) => breaches[each]?.some(breach => keyOf(breach) === key));
    if (found !== undefined) return found;
  }
  return null;
}

/** Cases of the seed that breach the law, a few of each kind, under what they breach. */
async function breachingCases<Case>(
  { cases, attempt }: Campaign<Case>,
  { runs, seed }: Extent,
): Promise<[string, Case][]> {
  const breaching: [string, Case][] = [];
  for (let done = 0; done < runs && breaching.length < most.ofAll; done += batchSize) {
    const batch = fc.sample(cases, { numRuns: Math.min(batchSize, runs - done), seed: seed + done });
    const breaches = await attempt(batch);
    batch.forEach((each, at) => {
      const [breach] = breaches[at] ?? [];
      const key = breach === undefined ? null : keyOf(breach);
      if (key !== null && breaching.filter(([other]) => other === key).length < most.ofKind)
        breaching.push([key, each]);
    });
  }
  return breaching;
}

/** Tries cases of the seed, and gives those that breach the law, minimised, each once. */
export async function findBreaches<Case>(campaign: Campaign<Case>, extent: Extent): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (const [key, each] of await breachingCases(campaign, extent)) {
    const small = await minimised(campaign, each, key);
    const [breaches = []] = await campaign.attempt([small]);
    findings.set(JSON.stringify(small), { shown: JSON.stringify(small), breaches });
  }
  return [...findings.values()];
}
