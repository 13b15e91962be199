/** Every reason has its place in the docs, and the page says what the table says. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { reasonsPage, reasonsPageFile } from '../../scripts/reasons-page.ts';
import { docsAnchor, type ReasonId, reasons } from '../../src/gate/reasons.ts';

const page = readFileSync(reasonsPageFile, 'utf8');

t.test('docs/reasons.md is what the table makes of it', async t => {
  t.equal(page, reasonsPage(reasons));
});

for (const id of Object.keys(reasons) as ReasonId[]) {
  t.test(`${id} has an anchor in the docs and a help of one line`, async t => {
    t.equal(docsAnchor(id), `docs/reasons.md#${id}`);
    t.ok(page.includes(`\n## ${id}\n`));
    t.notMatch(reasons[id].help, /\n/);
  });
}
