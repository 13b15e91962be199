/** Opens the doors of every audience, and closes them together: browsers' and servers' listeners share nothing but their limits. */
import type { ListenConfig } from '../config/sections/listen.ts';
import type { FrontOptions } from '../wire/downstream/front.ts';
import type { HubClient } from '../wire/upstream/hub-client.ts';
import { type Doors, type DoorsOptions, openDoors } from './doors.ts';
import { serversGate } from './servers.ts';

type Listener = FrontOptions['listen'][number] & Pick<ListenConfig, 'audience'>;

/** What all doors are opened with. */
export interface AudiencesOptions extends Omit<DoorsOptions, 'audience' | 'listen'> {
  /** In the order of the config. */
  readonly listen: readonly Listener[];
  /** The hub's own port, for servers. */
  readonly internalHub: HubClient;
}

/** Opened doors, and which places of `listen` they are for. */
interface Opened {
  readonly doors: Doors;
  readonly places: readonly number[];
}

async function openFor(audience: Listener['audience'], options: AudiencesOptions): Promise<Opened | null> {
  const { listen, gate, hub, internalHub, ...told } = options;
  const places = [...listen.keys()].filter(place => listen[place]?.audience === audience);
  if (places.length === 0) return null;
  const way = audience === 'servers' ? { gate: serversGate(gate), hub: internalHub } : { gate, hub };
  const own = listen.filter(listener => listener.audience === audience);
  return { doors: await openDoors({ ...told, ...way, audience, listen: own }), places };
}

function together(opened: readonly Opened[], count: number): Doors {
  const placed = opened.flatMap(({ doors, places }) =>
    places.map((place, at) => ({ place, address: doors.addresses[at] })),
  );
  const addresses = [...Array(count).keys()].flatMap(place => placed.find(one => one.place === place)?.address ?? []);
  return {
    addresses,
    renew(tls) {
      for (const { doors, places } of opened) doors.renew(places.map(place => tls[place] ?? null));
    },
    review() {
      for (const { doors } of opened) doors.review();
    },
    endSessions(key, refusal) {
      for (const { doors } of opened) doors.endSessions(key, refusal);
    },
    inUse: () =>
      opened
        .map(({ doors }) => doors.inUse())
        .reduce((all, { connections, webSockets }) => ({
          connections: all.connections + connections,
          webSockets: all.webSockets + webSockets,
        })),
    async drain(timeoutMs) {
      await Promise.all(opened.map(({ doors }) => doors.drain(timeoutMs)));
    },
  };
}

/** Binds every address; rejects with an error that names the address and the code, and then none stays bound. */
export async function openAudiences(options: AudiencesOptions): Promise<Doors> {
  const browsers = await openFor('browsers', options);
  try {
    const servers = await openFor('servers', options);
    return together(
      [browsers, servers].filter(one => one !== null),
      options.listen.length,
    );
  } catch (error) {
    await browsers?.doors.drain(0);
    throw error;
  }
}
