/** The gate beside itself: whether a request costs more when there is more of something. */

import type { ConnectionsPlan } from '../clients/connections-process.ts';
import { holdClient } from '../clients/counted.ts';
import { type Issuer, makeIssuer } from '../lab/issuer.ts';
import { labUser } from '../lab/lab.ts';
import { pageRequest } from '../lab/requests.ts';
import { manyTokens } from '../lab/tokens.ts';
import type { Program } from '../machine/programs.ts';
import { type GateVariant, hubgateWith } from '../peers/hubgate.ts';
import { plainSeating, type Seated } from '../seating.ts';
import type { Bench, Load } from './load.ts';
import { checkedWarmUp, pageRound, writeRequests } from './pages.ts';

type Variant = GateVariant & {
  readonly name: string;
  readonly tokens: readonly string[];
  /** Connections at rest beside the busy ones. */
  readonly resting: number;
};

/** The reference is played more often than the others and must not owe its speed to that: all are well compiled first. */
const warmUps = 3;

/** One user, one issuer, one rule and the busy connections alone are the reference. */
export const growth: Load = {
  name: 'growth',
  about: 'hubgate with more of one thing: users, connections at rest, issuers, header rules',
  judgedBy: ['cpuMicros'],
  prepare: async bench => {
    const variants = await variantsOf(bench);
    const files = new Map(
      variants.map(({ name, tokens }) => [name, writeRequests(bench, name, tokens.map(pageRequest))]),
    );
    const fileOf = (name: string): string => files.get(name) ?? '';
    const held: Program[] = [];
    return {
      contestants: variants.map(variant => ({ name: variant.name, peer: hubgateWith(variant) })),
      seating: plainSeating,
      fresh: false,
      warmUp: async (seated, { name }) => {
        for (let time = 0; time < warmUps; time += 1) await checkedWarmUp(bench, seated, fileOf(name));
        const resting = variants.find(variant => variant.name === name)?.resting ?? 0;
        if (resting > 0) held.push(await hold(bench, seated, resting));
      },
      measure: (seated, { name }) => pageRound(bench, seated, { file: fileOf(name), mode: 'turns' }),
      close: async () => {
        await Promise.all(held.map(client => client.stop()));
      },
    };
  },
};

async function variantsOf({ lab, scale }: Bench): Promise<Variant[]> {
  const issuers = Array.from({ length: scale.growthIssuers - 1 }, (_, index) => makeIssuer(`realm-${index}`));
  const headerRules = Array.from({ length: scale.growthRules }, (_, index) => `X-Lab-Rule-${index}`);
  const plain = { issuers: [], headerRules: [], tokens: [lab.token], resting: 0 };
  return [
    { ...plain, name: 'plain' },
    { ...plain, name: 'users', tokens: await manyTokens(lab.issuer, scale.growthUsers) },
    { ...plain, name: 'connections', resting: scale.growthConnections },
    { ...plain, name: 'issuers', issuers, tokens: await oneTokenEach([lab.issuer, ...issuers]) },
    { ...plain, name: 'header-rules', headerRules },
  ];
}

function oneTokenEach(issuers: readonly Issuer[]): Promise<string[]> {
  return Promise.all(issuers.map(issuer => issuer.mint(labUser)));
}

function hold({ lab }: Bench, { port }: Seated, connections: number): Promise<Program> {
  const plan: ConnectionsPlan = { port, connections, request: pageRequest(lab.token) };
  return holdClient(lab.cores.client, 'connections-process.ts', plan);
}
