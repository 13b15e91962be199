/** The pages that are made out of the presets' data are what the data say. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'tap';
import { presetPages, readmeTable } from '../../scripts/presets-pages.ts';

for (const { file, text } of presetPages) {
  test(`${basename(file)} is as its script writes it`, async t => {
    const page = readFileSync(file, 'utf8');
    t.equal(page, text(page));
  });
}

test('the README has the table', async t => {
  const readme = readFileSync(presetPages.at(-1)?.file ?? '', 'utf8');
  t.ok(readme.includes(readmeTable()));
});
