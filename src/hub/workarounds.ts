/** JupyterHub's advisories as data: whom each is about, and what the gate does about it; docs/workarounds.md is made from this table. */
import type { WorkaroundId } from '../config/workaround-ids.ts';
import type { Policy, Workarounds } from '../gate/policy.ts';
import { type HubVersion, isWithin, type VersionRange } from './version.ts';

/** What an advisory says. */
interface Advisory {
  readonly link: string;
  readonly title: string;
  readonly affected: readonly VersionRange[];
}

/** An advisory that the gate has a work-around for. */
export interface Workaround extends Advisory {
  readonly rule: keyof Workarounds;
  /** Hubs that it is on for, where they are others than the advisory names. */
  readonly onFor?: readonly VersionRange[];
  /** What the gate does, and what it does not. */
  readonly does: string;
}

/** Another one: what holds it on every hub, or why the gate can not. */
export interface OtherAdvisory extends Advisory {
  readonly id: string;
  readonly held: boolean;
  readonly why: string;
}

const hubAdvisory = (ghsa: string): string => `https://github.com/jupyterhub/jupyterhub/security/advisories/${ghsa}`;
const listedAdvisory = (ghsa: string): string => `https://github.com/advisories/${ghsa}`;

/** By the ids of `hub.skipWorkarounds`. */
export const workarounds: Readonly<Record<WorkaroundId, Workaround>> = {
  'CVE-2020-36191': {
    link: listedAdvisory('GHSA-7xx3-qp5w-fw96'),
    title:
      "Another site's page changes something on the hub: its forms have no XSRF token, and its API looks at Referer alone",
    affected: [{ before: '1.2.0' }],
    // XSRF tokens came with 4.0.0 (jupyterhub#4032), and until 4.1.0 another page could choose one (CVE-2024-28233).
    onFor: [{ before: '4.1.0' }],
    rule: 'foreignChanges',
    does: "What changes something on the hub (any method but GET, HEAD and OPTIONS) is 403 `origin-refused` where Sec-Fetch-Site, without it Origin, without both Referer names another page than this very origin's. The kind of proof does not matter: an ingress adds it to whatever a browser sends. A request whose only credential is a token of the hub passes.",
  },
  'CVE-2024-28233': {
    link: hubAdvisory('GHSA-7r3h-4ph8-w38g'),
    title: 'Cookie tossing: a page of a user or of a neighbouring host sets cookies that the hub takes for its own',
    affected: [{ before: '4.1.0' }],
    rule: 'repeatedCookies',
    does: "Of the hub's own cookies (`jupyterhub-hub-login`, `jupyterhub-session-id`, other `jupyterhub-` names that are no server's) one that stands twice does not go up to the hub at all, so that none wins by its path; the hub then asks for a login, which is the proved user's. Answers of servers set no cookie outside their own path on any hub. A cookie that stands alone is not judged here, nor is `_xsrf`: what could be done with a chosen one is held by CVE-2020-36191's.",
  },
  'CVE-2026-40864': {
    link: hubAdvisory('GHSA-m68r-v472-jgq9'),
    title: 'The hub skips its XSRF check for `Sec-Fetch-Mode: no-cors`, which a form of another site can be',
    affected: [{ from: '4.1.0', before: '5.4.5' }],
    rule: 'noCors',
    does: "With `Sec-Fetch-Mode: no-cors` nothing is changed on the hub, by whomever: 403 `origin-refused`; and what only reads passes for this very origin's pages alone, but for static files, the logo and the icon. On servers and services, which use the same code, what changes something and comes from another origin's page is refused.",
  },
  'CVE-2026-54338': {
    link: hubAdvisory('GHSA-p43p-whwx-q52h'),
    title: 'A login that fails writes the name in its form into the log, whatever its length',
    affected: [{ before: '5.5.0' }],
    rule: 'longLogins',
    does: 'A body posted to a login (or its neighbours: logout, signup, OAuth) is at most 8 KiB: 413 `body-too-large` above, 411 `length-required` without a length.',
  },
};

/** The rest of them, the oldest first. */
export const otherAdvisories: readonly OtherAdvisory[] = [
  {
    id: 'CVE-2019-10255',
    link: listedAdvisory('GHSA-rv62-4pmj-xw6h'),
    title: 'An open redirect by `next` at the login',
    affected: [{ before: '0.9.6' }],
    held: true,
    why: '`next` leads nowhere but to this origin, on every page of every hub: the authenticators follow it unchecked, so that no version makes up for it (row P10 of the [threat model](threat-model.md)).',
  },
  {
    id: 'CVE-2026-33709',
    link: hubAdvisory('GHSA-3vff-hjqv-m7h8'),
    title: "An open redirect by `next`: behind the hub's own host, `///` leads elsewhere",
    affected: [{ before: '5.4.4' }],
    held: true,
    why: 'by the same rule.',
  },
  {
    id: 'GHSA-c4gm-pwx9-9w8j',
    link: hubAdvisory('GHSA-c4gm-pwx9-9w8j'),
    title: 'Cross-site scripting by `next` of a link that shares a server',
    affected: [{ from: '5.0.0', before: '5.5.1' }],
    held: true,
    why: 'by the same rule. Hubs that are fixed validate the `next` that `/hub/accept-share` shows as a link, and what goes up is a path of this origin, no `javascript:`.',
  },
  {
    id: 'CVE-2021-41247',
    link: hubAdvisory('GHSA-cw7p-q79f-m2v7'),
    title: 'A logout while another tab of JupyterLab is open leaves a login at the server behind',
    affected: [{ from: '1.0.0', before: '1.5.0' }],
    held: false,
    why: "the fault is in the package that users' servers run, whose version the hub does not tell. What the servers' cookie is worth without a proof is for the gate to say: nothing.",
  },
  {
    id: 'CVE-2024-41942',
    link: hubAdvisory('GHSA-9x4q-3gxw-849f'),
    title: 'Who has the scope `admin:users` can make himself an admin',
    affected: [{ before: '4.1.6' }, { from: '5.0.0', before: '5.1.0' }],
    held: false,
    why: "the gate does not know scopes; to it, such a request is the admin page's own. Give nobody the scope who may not be an admin.",
  },
  {
    id: 'GHSA-69wv-m5fw-2fhp',
    link: hubAdvisory('GHSA-69wv-m5fw-2fhp'),
    title: 'Scopes of admins that are limited to a group are not held everywhere',
    affected: [{ from: '2.0.0', before: '5.5.1' }],
    held: false,
    why: 'the gate does not know scopes.',
  },
  {
    id: 'GHSA-mj6q-mp44-53v8',
    link: hubAdvisory('GHSA-mj6q-mp44-53v8'),
    title: "Shares outlive their owner's name, and go to whoever gets it next",
    affected: [{ from: '5.0.0', before: '5.5.2' }],
    held: false,
    why: "a name is changed in the body of a request that also changes other things of a user, and by the hub's admins alone. Do not change names on such a hub.",
  },
];

const all = Object.entries(workarounds) as (readonly [WorkaroundId, Workaround])[];

/** Every one but those skipped: what a policy holds while the hub's version is not known. */
export function wantedWorkarounds(skipped: readonly WorkaroundId[]): Workarounds {
  const isOn = (rule: keyof Workarounds): boolean =>
    all.some(([id, row]) => row.rule === rule && !skipped.includes(id));
  return {
    foreignChanges: isOn('foreignChanges'),
    noCors: isOn('noCors'),
    longLogins: isOn('longLogins'),
    repeatedCookies: isOn('repeatedCookies'),
  };
}

function isOnFor({ affected, onFor = affected }: Workaround, version: HubVersion | null): boolean {
  return version === null || onFor.some(range => isWithin(version, range));
}

/** The work-arounds of a policy that are on for a version, by their ids; null: it is not known. */
export function activeWorkarounds(
  { workarounds: wanted }: Policy,
  version: HubVersion | null,
): readonly WorkaroundId[] {
  return all.filter(([, row]) => wanted[row.rule] && isOnFor(row, version)).map(([id]) => id);
}

/** The policy with the work-arounds that the version needs; the very same one where it needs all. */
export function policyFor(policy: Policy, version: HubVersion | null): Policy {
  const active = activeWorkarounds(policy, version);
  if (active.length === activeWorkarounds(policy, null).length) return policy;
  return { ...policy, workarounds: wantedWorkarounds(all.map(([id]) => id).filter(id => !active.includes(id))) };
}
