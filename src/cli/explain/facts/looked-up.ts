/** What had to be looked up outside, and what was found. */

import type { Finding } from '../../../gate/lookups.ts';
import { isRefusal, type Refusal } from '../../../gate/reasons.ts';
import type { Fact, Told } from './told.ts';

type Found = Exclude<Finding, Refusal>;

/** What is said of each kind; of what it says itself nothing that is secret. */
const said: { readonly [What in Found['what']]: (finding: Extract<Found, { what: What }>) => string } = {
  introspection: ({ answer }) =>
    answer === undefined ? "not active, so it is the hub's" : `active at introspection[${answer.entry}]`,
  'minted-token': () => 'the hub would be asked for one',
  delivery: ({ isDue }) => (isDue ? 'due' : 'done of late'),
  signature: () => 'holds',
  'dpop-proof': () => 'holds',
  body: () => 'read',
  provider: ({ answer }) => (answer === undefined ? 'it has nothing for the user' : 'answered'),
  file: ({ text }) => (text === undefined ? 'there is no such file' : 'read'),
  session: ({ session }) => (session === undefined ? 'no session of ours' : 'a session'),
  'hub-token-owner': ({ hubUser }) => (hubUser === undefined ? 'unknown to the hub' : `of the hub's user ${hubUser}`),
};

function foundText(finding: Finding): string {
  if (!isRefusal(finding)) return (said[finding.what] as (found: Found) => string)(finding);
  const more = finding.inAudit ?? finding.detail;
  return more === '' ? finding.reason : `${finding.reason}, ${more}`;
}

/** What is told of look-ups of one kind. */
export function lookupFacts(told: Told, what: string): Fact[] {
  return told.journey.lookedUp
    .filter(({ lookup }) => lookup.what === what)
    .map(({ finding }) => ({ name: `looked up: ${what}`, value: foundText(finding) }));
}
