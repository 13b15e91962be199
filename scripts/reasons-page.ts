/** Writes docs/reasons.md out of the table of reasons: `node scripts/reasons-page.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Reason, type ReasonId, reasons } from '../src/gate/reasons.ts';
import { checkoutRoot } from './checkout.ts';

/** Where the page stands in the checkout. */
export const reasonsPageFile: string = join(checkoutRoot, 'docs', 'reasons.md');

function challengeText({ challenge, offersDpop }: Reason): string {
  if (challenge === undefined) return '';
  if (offersDpop === true) return ` It comes with challenges of Bearer and DPoP, and the error \`${challenge}\`.`;
  return challenge === ''
    ? ' It comes with a Bearer challenge.'
    : ` It comes with the Bearer challenge \`${challenge}\`.`;
}

function section([id, reason]: readonly [string, Reason]): string {
  const closes = reason.closes === true ? ' The connection is closed.' : '';
  const retry = reason.retryAfter === undefined ? '' : ` It may be tried again after ${reason.retryAfter} s.`;
  return `## ${id}

Status ${reason.status}, audit level \`${reason.level}\`.${challengeText(reason)}${closes}${retry}

${reason.help}
`;
}

/** The page: a section a reason, whose anchor is the reason's id, by status and name. */
export function reasonsPage(table: Readonly<Record<ReasonId, Reason>>): string {
  const rows = Object.entries(table).sort(([a, one], [b, other]) => one.status - other.status || a.localeCompare(b));
  return `# Reasons

Why the gate refused a request, by the \`reason\` that stands in the answer and in the audit line. This page is made from
\`src/gate/reasons.ts\` by \`scripts/reasons-page.ts\`.

${rows.map(section).join('\n')}`;
}

if (import.meta.main) writeFileSync(reasonsPageFile, reasonsPage(reasons));
