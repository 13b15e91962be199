/** Writes docs/workarounds.md out of the table of advisories: `node scripts/workarounds-page.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VersionRange } from '../src/hub/version.ts';
import { type OtherAdvisory, otherAdvisories, type Workaround, workarounds } from '../src/hub/workarounds.ts';
import { checkoutRoot } from './checkout.ts';

/** Where the page stands in the checkout. */
export const workaroundsPageFile: string = join(checkoutRoot, 'docs', 'workarounds.md');

function hubs(ranges: readonly VersionRange[]): string {
  return ranges
    .map(({ from, before }) => (from === undefined ? `before ${before}` : `${from} up to ${before}`))
    .join(', ');
}

function section([id, { link, title, affected, onFor, does }]: readonly [string, Workaround]): string {
  const on = onFor === undefined ? '' : ` The work-around is on for hubs ${hubs(onFor)}.`;
  return `### ${id}

${title}. [The advisory](${link}) is about hubs ${hubs(affected)}.${on}

${does}
`;
}

function otherSection({ id, link, title, affected, held, why }: OtherAdvisory): string {
  return `### ${id}

${title}. [The advisory](${link}) is about hubs ${hubs(affected)}. ${held ? 'Held on every hub' : 'Not held'}: ${why}
`;
}

/** The page: a section for each. */
export function workaroundsPage(): string {
  return `# Advisories of JupyterHub

What the gate does about them, by the version of the hub behind it. This page is made from \`src/hub/workarounds.ts\` by
\`scripts/workarounds-page.ts\`. A work-around is no upgrade: it holds what comes through the gate.

The gate asks \`GET /hub/api\` for the version, without a token: when it starts, once a minute, and within a second or so after the hub could not be
reached. While the version is not known (the hub is down, or something hides it), every work-around is on. A pre-release, a development version or a
build of your own (\`5.4.5rc1\`, \`5.4.5+lab\`) counts as what comes before its number. A change takes effect without a restart; the log says
\`hub version\` with the work-arounds that are on, or why it could not be read. Restart the gate, or wait a minute, after a hub is replaced while nobody asks it
anything.

In "4.1.0 up to 5.4.5" the second version is the first that has the fix. Refusals name the advisory in the audit line. A work-around that is not wanted is named in \`hub.skipWorkarounds\`.

## Work-arounds

${Object.entries(workarounds).map(section).join('\n')}
## The other advisories

${otherAdvisories.map(otherSection).join('\n')}
Advisories of other packages (JupyterLab, jupyter-server and its proxy, spawners, authenticators that the gate has no preset for) are not here:
the gate does not know whether they are installed.
`;
}

if (import.meta.main) writeFileSync(workaroundsPageFile, workaroundsPage());
