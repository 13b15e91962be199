/** Compares what came back with what a demo request promises. */
import type { Exchange } from './exchange.ts';
import type { DemoPromise } from './requests.ts';

/** Everything that is not as promised, one sentence each; `arrived` says whether something reached the hub. */
export function brokenPromises(promise: DemoPromise, answer: Exchange, arrived: boolean): string[] {
  const faults: string[] = [];
  if (answer.status !== promise.status) faults.push(`status ${answer.status}, expected ${promise.status}`);
  if (arrived !== (promise.reason === undefined)) {
    faults.push(arrived ? 'it reached the hub' : 'it did not reach the hub');
  }
  if (promise.reason !== undefined && !answer.body.includes(promise.reason))
    faults.push(`no ${promise.reason} in the body`);
  for (const [name, start] of Object.entries(promise.answer ?? {})) {
    const value = answer.fields.get(name);
    if (value?.startsWith(start) !== true) faults.push(`answer's ${name} is ${value ?? 'absent'}, expected ${start}`);
  }
  return [...faults, ...unexpectedAtHub(promise.hubSaw ?? {}, answer)];
}

function unexpectedAtHub(expected: NonNullable<DemoPromise['hubSaw']>, answer: Exchange): string[] {
  const names = Object.entries(expected);
  const lines = names.length === 0 ? [] : receivedLines(answer.body);
  if (lines === null) return ['the body does not tell what the hub received'];
  return names.flatMap(([name, value]) => {
    const seen = lines.filter(line => nameOf(line) === name).map(line => line.slice(name.length + 2));
    const wanted = value === null ? [] : [value];
    if (seen.length === wanted.length && seen[0] === wanted[0]) return [];
    return [`the hub received ${seen.length} of ${name}, expected ${value === null ? 'none' : `one with ${value}`}`];
  });
}

/** As the laxest server would read it. */
function nameOf(line: string): string {
  return line.slice(0, line.indexOf(': ')).toLowerCase().replaceAll('_', '-');
}

function receivedLines(body: string): readonly string[] | null {
  try {
    const { received } = JSON.parse(body) as { received?: { fields?: readonly string[] } };
    return received?.fields ?? null;
  } catch {
    return null;
  }
}
