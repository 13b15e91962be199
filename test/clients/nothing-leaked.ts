/** Looks for secrets in what a gate wrote: tokens, cookies, keys, query strings. */

import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Trail, trailFolderVariable } from '../../scripts/suite-trail.ts';

/** As much of tap's test as is needed here. */
type Assertions = {
  ok(value: unknown, message: string): boolean;
  strictSame(found: unknown, wanted: unknown, message: string): boolean;
};

/** Shorter ones stand in times and ids by chance. */
const shortestSecret = 8;

/** Every form in which one of the secrets could stand in a log. */
export function spellingsOf(secrets: Iterable<string>): readonly string[] {
  return [...new Set([...secrets].flatMap(spellings))].filter(text => text.length >= shortestSecret);
}

/** Fails when a secret, a part of a token, or either of them encoded, stands in the output; both must be there to be looked at. */
export function assertNothingLeaked(t: Assertions, output: string, secrets: Iterable<string>): void {
  const looked = spellingsOf(secrets);
  t.ok(looked.length > 0, 'there are secrets to look for');
  t.ok(output.includes('"decision":'), 'there is an audit trail to look through');
  putAside(output, looked);
  const leaked = looked.filter(text => output.includes(text));
  t.strictSame(leaked, [], `none of ${looked.length} secrets stands in ${output.length} characters of output`);
}

/** For the look through all gates of the run, once it is over: what a gate wrote, or secrets that none may write. */
export function putAside(output: string, secrets: readonly string[]): void {
  const folder = process.env[trailFolderVariable];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const trail: Trail = { output, secrets };
  writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(trail));
}

/** A JWT's header part is no secret, and the same for every token. */
function spellings(secret: string): string[] {
  const whole = secret.replaceAll('"', '');
  const parts = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(whole) ? whole.split('.').slice(1) : whole.split('\n');
  return [whole, ...parts].flatMap(text => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('base64'),
  ]);
}
