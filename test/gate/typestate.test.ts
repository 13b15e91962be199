/** A request that skips a stage does not compile: the compiler is asked about code that tries. */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { checkoutRoot, installedProgram } from '../../scripts/checkout.ts';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';

const gate = join(checkoutRoot, 'src', 'gate');
const doors = join(checkoutRoot, 'src', 'doors');

const head = `
import { authenticate } from '${gate}/authenticate.ts';
import { authorise } from '${gate}/authorise.ts';
import { filterAnswer } from '${join(checkoutRoot, 'src', 'hub')}/answers.ts';
import { inject } from '${gate}/inject.ts';
import type { Look, Policy } from '${gate}/policy.ts';
import { sanitise } from '${gate}/sanitise.ts';
import type { AcceptedRequest, IdentifiedRequest, InboundRequest, OutboundRequest, SanitisedRequest } from '${gate}/stages.ts';
import type { Settled } from '${doors}/judge.ts';
declare const policy: Policy;
declare const look: Look;
declare const inbound: InboundRequest;
declare const accepted: AcceptedRequest;
declare const sanitised: SanitisedRequest;
declare const identified: IdentifiedRequest;
declare const outbound: OutboundRequest;
export const uses: unknown[] = [authenticate, authorise, filterAnswer, inject, sanitise, policy, look, inbound, accepted, sanitised, identified, outbound];
/** Everything but the brand. */
export type Bare<Shape> = { [Key in keyof Shape as Key extends string ? Key : never]: Shape[Key] };
export type Uses = Settled;
`;

/** Each is one statement that must not compile. */
const skipping: readonly [rule: string, code: string][] = [
  ['sanitising whom nobody let in', 'sanitise(inbound, policy);'],
  ['asking provers about an inbound request', 'authenticate(inbound, policy, look);'],
  ['asking provers about one that is only accepted', 'authenticate(accepted, policy, look);'],
  ['authorising one that is only sanitised', 'authorise(sanitised, policy);'],
  ['injecting into one that is only sanitised', 'inject(sanitised, policy, look);'],
  [
    'making a sanitised request by hand',
    'declare const bare: Bare<SanitisedRequest>; export const made: SanitisedRequest = bare;',
  ],
  [
    'making an identified request by hand',
    'declare const bare: Bare<IdentifiedRequest>; export const made: IdentifiedRequest = bare;',
  ],
  [
    'making an outbound request by hand',
    'declare const bare: Bare<OutboundRequest>; export const made: OutboundRequest = bare;',
  ],
  [
    'forwarding an inbound request',
    "const sent: Settled = { kind: 'forward', request: inbound, trail: { client: undefined, placeClass: undefined, user: undefined, prover: undefined, carrier: undefined, spoofed: [] } }; export { sent };",
  ],
  [
    'forwarding one that is only identified',
    "const sent: Settled = { kind: 'forward', request: identified, trail: { client: undefined, placeClass: undefined, user: undefined, prover: undefined, carrier: undefined, spoofed: [] } }; export { sent };",
  ],
];

const files = Object.fromEntries(skipping.map(([, code], at) => [`skips-${at}.ts`, `${head}${code}\n`]));
const folder = t.testdir({
  ...files,
  'in-order.ts': `${head}
const one = sanitise(accepted, policy);
const two = 'request' in one ? authenticate(one.request, policy, look) : one;
const three = authorise(identified, policy);
const four = inject(identified, policy, look);
export { four, one, three, two };
`,
  'tsconfig.json': JSON.stringify({
    extends: join(checkoutRoot, 'tsconfig.json'),
    compilerOptions: {
      noEmit: true,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      typeRoots: [join(checkoutRoot, 'node_modules', '@types')],
    },
    include: ['*.ts'],
  }),
});

const compiler = spawnOutsideTap(process.execPath, [installedProgram('tsc'), '-p', folder, '--pretty', 'false'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const said = compiler.stdout === null ? '' : await text(compiler.stdout);
const faulty = new Set(Array.from(said.matchAll(/([\w-]+\.ts)\(\d+,\d+\): error/g), ([, file]) => file));

skipping.forEach(([rule], at) => {
  t.ok(faulty.has(`skips-${at}.ts`), `${rule} does not compile`);
});
t.notOk(faulty.has('in-order.ts'), 'the stages in order compile', { compiler: said });
