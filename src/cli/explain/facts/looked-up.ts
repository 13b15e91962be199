/** What had to be looked up outside, and what was found. */
import type { Finding } from '../../../gate/stages.ts';
import type { Fact, Told } from './told.ts';

function foundText(finding: Finding): string {
  if ('reason' in finding) {
    const more = finding.inAudit ?? finding.detail;
    return more === '' ? finding.reason : `${finding.reason}, ${more}`;
  }
  if (finding.what === 'introspection')
    return finding.answer === undefined
      ? "not active, so it is the hub's"
      : `active at introspection[${finding.answer.entry}]`;
  if (finding.what === 'minted-token') return 'the hub would be asked for one';
  if (finding.what === 'signature' || finding.what === 'dpop-proof') return 'holds';
  if (finding.what === 'body') return 'read';
  if (finding.what === 'provider') return finding.answer === undefined ? 'it has nothing for the user' : 'answered';
  if (finding.what === 'file') return finding.text === undefined ? 'there is no such file' : 'read';
  if (finding.what === 'session') return finding.session === undefined ? 'no session of ours' : 'a session';
  return finding.hubUser === undefined ? 'unknown to the hub' : `of the hub's user ${finding.hubUser}`;
}

/** What is told of look-ups of one kind. */
export function lookupFacts(told: Told, what: string): Fact[] {
  return told.journey.lookedUp
    .filter(({ lookup }) => lookup.what === what)
    .map(({ finding }) => ({ name: `looked up: ${what}`, value: foundText(finding) }));
}
