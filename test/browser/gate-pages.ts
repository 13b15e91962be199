/** Every kind of page that the gate itself shows, and how a browser gets to see it. */
import { randomBytes } from 'node:crypto';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { serveHere } from '../clients/loopback-server.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, type Teardown } from '../gates/lab.ts';

/** One page. */
export interface GatePage {
  readonly name: string;
  readonly url: string;
  /** What the browser sends with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  /** The page's title and heading. */
  readonly title: string;
  /** What leads on from there. */
  readonly links: readonly string[];
}

const authenticator = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';

/** A gate in front of a hub that is not there; gives its origin. */
async function openGate(
  t: Teardown,
  lab: Lab,
  name: string,
  session: Readonly<Record<string, unknown>>,
): Promise<string> {
  const port = await reservePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = labConfig(
    { url: `http://127.0.0.1:${await reservePort()}`, authenticator },
    {
      publicUrl: origin,
      listen: [{ address: `127.0.0.1:${port}` }],
      session: { keyFiles: ['session-key'], handoff: { origins: ['https://www.test'] }, ...session },
      user: { deny: { users: ['mallory'] } },
      sso: [],
    },
  );
  await startGateHere(t, lab.write(`${name}.yaml`, config));
  return origin;
}

/** Starts what it takes to see them; the test's end stops it. */
export async function openGatePages(t: Teardown): Promise<readonly GatePage[]> {
  const lab = makeLab(t);
  const key = randomBytes(32).toString('hex');
  lab.secrets.add(key);
  lab.write('session-key', key);
  const origin = await openGate(t, lab, 'gate', {});
  const site = await serveHere(t, (request, response) => {
    const next = new URL(request.url ?? '', 'http://site').searchParams.get('next') ?? '';
    response.writeHead(302, { Location: next }).end();
  });
  const circle = await openGate(t, lab, 'circle', { loginUrl: `${site}/login?next={url}` });
  const as = (user: string): Readonly<Record<string, string>> => ({ Authorization: `Bearer ${lab.token(user)}` });
  const long = `/hub/${'a%2e%2e%2f'.repeat(12)}`;
  const page = (name: string, path: string, status: number, title: string, headers = {}): GatePage => ({
    name,
    url: origin + path,
    headers,
    status,
    title,
    links: [],
  });
  const leading = (link: string, page: GatePage): GatePage => ({ ...page, links: [link] });
  return [
    page('sign-in needed', '/hub/home', 401, 'Please sign in'),
    page('refused', '/hub/home', 403, 'You may not come in here', as('mallory')),
    page('hub down', '/hub/home', 502, 'The hub is not answering', as('ada')),
    { ...page('loop', '/hub/home', 401, 'Signing in goes round in circles'), url: `${circle}/hub/home` },
    leading('Log in again', page('logged out', '/hubgate/logged-out', 200, 'You are logged out')),
    leading('start page', page('nothing there', '/hubgate/nowhere', 404, 'There is no such page')),
    page('code used up', '/hubgate/enter?code=a&state=b', 403, 'Please sign in again'),
    leading('start page', page('unreadable', long, 400, 'This request could not be read', as('ada'))),
    page('sign-in is over', '/hub/home', 401, 'Please sign in', {
      Authorization: `Bearer ${lab.token('ada', { exp: 1000 })}`,
    }),
  ];
}
