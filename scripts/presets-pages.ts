/** Writes docs/presets.md, docs/authenticator-options.md and the README's table out of the data: `node scripts/presets-pages.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PresetName } from '../src/config/sections/hub.ts';
import { type HubSide, hubSides } from '../src/hub/hub-sides.ts';
import { type Endpoint, type Preset, presets } from '../src/hub/presets.ts';
import { optionRows, type Reached } from './authenticator-options.ts';
import { checkoutRoot } from './checkout.ts';

/** A markdown table, its columns as wide as what stands in them. */
function table(rows: readonly (readonly string[])[]): string {
  const [heads = []] = rows;
  const widths = heads.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return [line(heads), rule, ...rows.slice(1).map(line)].join('\n');
}

type Row = readonly [name: Exclude<PresetName, 'custom'>, preset: Preset, side: HubSide];

const rows: readonly Row[] = (Object.keys(hubSides) as (keyof typeof hubSides)[]).map(name => [
  name,
  presets[name],
  hubSides[name],
]);

function place({ path, method }: Endpoint): string {
  return `\`${method === undefined ? '' : `${method} `}${path}\``;
}

function header({ userHeader, mintedTokenHeader, reads }: Preset): string {
  if (userHeader === null) return 'none: a form';
  const names = [userHeader, ...(mintedTokenHeader === null ? [] : [mintedTokenHeader])].map(name => `\`${name}\``);
  return `${names.join(' and ')} on ${reads.user.map(place).join(', ')}`;
}

const sample = 'Alice.Smith';

function nameAtHub({ hubName }: Preset): string {
  const { name, exact } = hubName(sample.toLowerCase());
  return exact ? `\`${name}\`` : `\`${name}\`; refused, as others share it`;
}

function checked({ refusedPaths, namedInBodies, delivery }: Preset): string {
  const refused = [...refusedPaths, ...(delivery === null ? [] : [delivery.path])].map(path => `\`${path}\``);
  return [
    ...(refused.length > 0 ? [`no client speaks to ${refused.join(', ')}`] : []),
    ...(namedInBodies.loginForm ? ['a login form names the proved user'] : []),
    ...(namedInBodies.tokenRequest ? ['a request for a token names nobody'] : []),
  ].join('; ');
}

/** The README's table. */
export function readmeTable(): string {
  return table([
    ['`hub.authenticator`', 'package', 'JupyterHub'],
    ...rows.map(([name, , { requirement, hubs }]) => [`\`${name}\``, requirement.replace('==', ' '), hubs.join(', ')]),
    ['`custom`', 'whatever `inject:` says', ''],
  ]);
}

const made = 'The tables are made by `scripts/presets-pages.ts`';

/** docs/presets.md. */
export function presetsPage(): string {
  const tried = rows.map(([name, , { requirement, hubs }]) => [
    `\`${name}\``,
    requirement.replace('==', ' '),
    hubs.join(', '),
  ]);
  const done = rows.map(([name, preset]) => [`\`${name}\``, header(preset), nameAtHub(preset), checked(preset)]);
  return `# Presets

A preset is what the gate knows of one of the hub's authenticators: which header it reads and where, what it makes of a name, and what
else it would believe. \`hub.authenticator\` names it, with \`@release\` where releases differ. ${made} out of
\`src/hub/presets.ts\` and \`src/hub/hub-sides.ts\`.

## What was tried

Each stands for the real, unmodified package: \`test/hub/contracts.test.ts\` logs users in through the gate on every one of these hubs,
and plays [what the package does](../test/hub/fixtures/contracts.json), request by request. The releases differ from what the
packages' READMEs say.

${table([['preset', 'package', 'tried on JupyterHub'], ...tried])}

## What the gate does

\`hub's name\` is that of the user \`${sample.toLowerCase()}\`. A preset that loses letters makes one user of two: such names are refused
(\`user-ambiguous\`) unless \`user.map\` settles them. Clients may speak to \`/hub/mount\` and \`/hub/data\` with \`hub.deliver: never\`.

${table([['preset', 'writes', "the hub's name", 'sees to it that'], ...done])}

\`custom\` writes what \`inject:\` says, and a request for a token names nobody there either.

## The hub's side

\`\`\`sh
hubgate init --preset jhub_remote_auth_mount.RemoteUserAuthenticator
hubgate init --config proxy.yaml
\`\`\`

prints the part of \`jupyterhub_config.py\` that belongs to it: the class, what makes it work on newer hubs, the header names (with
\`--config\` those of the gate's config, a \`headerFile\` by its path alone), \`auto_login\`, \`allow_all\`, \`enable_auth_state\` and where its key
comes from, \`trusted_downstream_ips\`, and \`hub_connect_url\` for the servers' door; with \`--config\` also the service
whose token is \`hub.tokenFile\`, with the rights it needs and no more, and \`subdomain_host\` where there are \`userHosts\`. Tests run each
preset's on the real hub as it is printed. Append it to your own \`jupyterhub_config.py\`: where the hub listens and how it spawns stay yours. Beyond these settings, [the hub's own options](authenticator-options.md) count as far as the plugin gets to them.

- \`jhub_remote_auth_mount\` looks at no allow or block list of the hub, so \`user.allow\` and \`user.deny\` of the gate are the only ones.
- \`jhub_remote_login\` 0.2.10 and \`jhub-authenticators\` 0.1.1 read \`Remote-User\` and no other name, whatever their settings say:
  a secret name is not possible there, and \`init\` says so.
- \`RemoteUserAuthenticator\` and \`RemoteUserLocalAuthenticator\` of 0.2.10 can not log anybody in by themselves; \`init\` prints a subclass.
- On JupyterHub 0.9.6 and 4.1.6 a login by \`jhub_remote_auth_mount\` while the hub's cookie of another user is there stays the other
  user; the gate has to take that cookie away.
- \`DummyAuthenticator\` has one password for everybody. The gate reads the form, and its \`username\` has to be the proved user.
`;
}

const words: Readonly<Record<Reached, string>> = { hub: 'by the hub', no: 'not reached', '-': '' };

function verdict([now, old]: readonly [Reached, Reached]): string {
  if (now === old) return words[now];
  if (now === '-') return `0.9.6: ${words[old]}`;
  return `${words[now]}; 0.9.6: ${old === '-' ? 'has none' : words[old]}`;
}

/** docs/authenticator-options.md. */
export function optionsPage(): string {
  const options = optionRows.map(({ option, own, login, instead }) => [
    `\`${option}\``,
    verdict(own),
    verdict(login),
    `${instead}.`,
  ]);
  return `# The hub's own authenticator options

What becomes of \`c.Authenticator.…\` behind the gate depends on how the plugin logs a user in. ${made} out of
\`scripts/authenticator-options.ts\`, and \`test/hub/authenticator-options.test.ts\` sees every line of it on real hubs, 6.1.1 and
0.9.6, through the gate; what stands in the last column is seen by \`test/hub/authenticator-remarks.test.ts\`.

- **By a handler of its own**: \`jhub_remote_auth_mount\` and \`jhub_remote_user_authenticator\` make the user and set the cookie
  themselves. What the hub does between asking a plugin and letting a user in never happens. By its code,
  \`jhub_remote_login.RemoteUserAuthenticator\` 0.2.119 is like that, too.
- **Through the hub**: \`jhubauthenticators.HeaderAuthenticator\` and \`jhub_remote_login\` 0.2.10 hand the name to the hub, which goes
  through all of it. So do \`jhub-authenticators\` 0.1.1, a copy of the latter, and the Dummy form.

So write allow and block lists, maps and patterns into the gate's config: there they hold for every plugin, and before the hub sees a
request. Nothing stands where 6.1.1 has no such plugin.

${table([['option', 'handler of its own', 'through the hub', 'in its place, and what to know'], ...options])}
`;
}

/** The README with the table in its place, which two comments mark. */
export function readmeWithTable(readme: string): string {
  return readme.replace(
    /(<!-- presets -->\n\n)[\s\S]*?(\n\n<!-- \/presets -->)/,
    (_, before: string, after: string) => {
      return before + readmeTable() + after;
    },
  );
}

/** Where each page stands, and what has to stand there. */
export const presetPages: readonly { readonly file: string; readonly text: (now: string) => string }[] = [
  { file: join(checkoutRoot, 'docs', 'presets.md'), text: presetsPage },
  { file: join(checkoutRoot, 'docs', 'authenticator-options.md'), text: optionsPage },
  { file: join(checkoutRoot, 'README.md'), text: readmeWithTable },
];

if (import.meta.main) {
  for (const { file, text } of presetPages) {
    const now = file.endsWith('README.md') ? readFileSync(file, 'utf8') : '';
    writeFileSync(file, text(now));
  }
}
