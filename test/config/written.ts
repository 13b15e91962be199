/** Writes small configs, one top-level key a line, so that tests can name lines and columns. */

const HUB = { url: 'http://127.0.0.1:8000', authenticator: 'jhub_remote_user_authenticator.RemoteUserAuthenticator' };
const BASE = {
  publicUrl: 'https://hub.example.org',
  listen: '[{ address: 127.0.0.1:0 }]',
  hub: '',
  trust: '{ proxies: [10.0.0.0/8] }',
  jwt: '[{ issuer: { url: i, audiences: [a] }, keys: { jwksFile: keys.json }, namespace: n }]',
};

/** The hub's keys in a map on one line, the changed one last. */
function hubLine(changes: Record<string, string>): string {
  const kept = Object.entries(HUB).filter(([name]) => !(name in changes) || Object.keys(changes).length === 0);
  return `{ ${[...kept, ...Object.entries(changes)].map(([name, value]) => `${name}: ${value}`).join(', ')} }`;
}

/** A config that holds, with these keys written otherwise or added; `-` leaves one out, `hub.x` changes one key of hub. */
export function written(keys: Record<string, string>): string {
  const top = Object.entries(keys).filter(([name]) => !name.startsWith('hub.'));
  const inHub = Object.entries(keys).flatMap(([name, value]) =>
    name.startsWith('hub.') ? [[name.slice(4), value]] : [],
  );
  const all = new Map([...Object.entries({ ...BASE, hub: hubLine(Object.fromEntries(inHub)) }), ...top]);
  return [...all].flatMap(([name, value]) => (value === '-' ? [] : [`${name}: ${value}\n`])).join('');
}
