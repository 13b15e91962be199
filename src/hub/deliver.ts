/** Posts what belongs to a user's login to the hub, as a browser would: with the login's cookies and the XSRF token that fits them. */
import { readName } from '../gate/hub/hub-cookies.ts';
import { isRefusal, type Refusal, refuse } from '../gate/reasons.ts';
import type { Delivery } from '../gate/stages.ts';
import { type FieldLine, valuesOf } from '../http/field.ts';
import { HubCookieJar } from './hub-cookie-jar.ts';

/** An answer of the hub, without its body. */
export interface HubSaid {
  readonly status: number;
  readonly fields: readonly FieldLine[];
}

/** One request to the hub; a refusal where there is no whole answer. */
export type AskAsBrowser = (request: {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly fields: readonly FieldLine[];
}) => Promise<HubSaid | Refusal>;

/** What came of it: the Set-Cookie values; `nobody`: the hub knows no login in these cookies. */
type Delivered = { readonly setCookies: readonly string[] } | 'nobody' | Refusal;

/** Every plugin leads home once it has taken something; anything else is the word of a login page, or of somebody in between. */
function isTaken({ status, fields }: HubSaid, { home, around }: Delivery): boolean {
  if (status !== 302 && status !== 303) return false;
  const [location = '', ...more] = valuesOf(fields, 'location');
  const [host = ''] = valuesOf(around, 'host');
  const there = URL.parse(location, `http://${host}`);
  return more.length === 0 && there?.pathname === home && there.host === URL.parse(`${there.protocol}//${host}`)?.host;
}

function fieldsOf({ around }: Delivery, jar: HubCookieJar): FieldLine[] {
  const cookies = jar.text();
  return cookies === '' ? [...around] : [...around, ['Cookie', cookies]];
}

function post(delivery: Delivery, jar: HubCookieJar, ask: AskAsBrowser): Promise<HubSaid | Refusal> {
  const token = jar.value('_xsrf');
  const xsrf: FieldLine[] = token === undefined ? [] : [['X-XSRFToken', token]];
  const fields: FieldLine[] = [...fieldsOf(delivery, jar), ...xsrf, ...delivery.own, ['Content-Length', '0']];
  return ask({ method: 'POST', target: delivery.target, fields });
}

function take(jar: HubCookieJar, { fields }: HubSaid): void {
  for (const value of valuesOf(fields, 'set-cookie')) jar.take(value);
}

/** On hub 4.1 the token of the login's answer is not yet the one that counts: a page of who is logged in brings that. */
async function refresh(delivery: Delivery, jar: HubCookieJar, ask: AskAsBrowser): Promise<'done' | 'nobody' | Refusal> {
  const page = await ask({ method: 'GET', target: delivery.home, fields: fieldsOf(delivery, jar) });
  if (isRefusal(page)) return page;
  if (page.status !== 200) return 'nobody';
  take(jar, page);
  return 'done';
}

async function postWith(delivery: Delivery, jar: HubCookieJar, ask: AskAsBrowser): Promise<Delivered> {
  let answer = await post(delivery, jar, ask);
  if (!isRefusal(answer) && answer.status === 403) {
    const refreshed = await refresh(delivery, jar, ask);
    if (refreshed !== 'done') return refreshed;
    answer = await post(delivery, jar, ask);
  }
  if (isRefusal(answer)) return answer;
  if (!isTaken(answer, delivery))
    return refuse('delivery-failed', `the hub answered ${answer.status} to POST ${delivery.target}, and took nothing`);
  take(jar, answer);
  return { setCookies: jar.setCookies() };
}

/** Whether an answer logs its user in. */
export function logsIn({ fields }: Pick<HubSaid, 'fields'>): boolean {
  const cookies = new HubCookieJar([]);
  for (const value of valuesOf(fields, 'set-cookie')) cookies.take(value);
  return cookies.names().some(name => readName(name)?.family === 'login');
}

const unknownLogin = refuse('delivery-failed', 'the hub does not know the login that it has just answered');

/** Delivers for a user whom that answer logs in, and gives the answer with all cookies that came of both. */
export async function deliverAtLogin(
  delivery: Delivery,
  login: HubSaid,
  ask: AskAsBrowser,
): Promise<HubSaid | Refusal> {
  const jar = new HubCookieJar(delivery.cookies);
  take(jar, login);
  const delivered = await postWith(delivery, jar, ask);
  if (delivered === 'nobody') return unknownLogin;
  if (isRefusal(delivered)) return delivered;
  const others = login.fields.filter(([name]) => name.toLowerCase() !== 'set-cookie');
  return { ...login, fields: [...others, ...delivered.setCookies.map((value): FieldLine => ['Set-Cookie', value])] };
}

/**
 * Delivers in a session of the gate's own, of which the browser hears nothing: a plugin in a hub that has restarted knows nobody whom
 * it has not logged in since, chokes on the rest, and then the hub logs all headers, a private key among them. Null: it is done.
 */
export async function deliverAgain(delivery: Delivery, ask: AskAsBrowser): Promise<Refusal | null> {
  const { login } = delivery;
  if (login === null) throw new TypeError('a delivery of a login, without it');
  const jar = new HubCookieJar([]);
  const fields = [...fieldsOf(delivery, jar), ...login.own];
  const answer = await ask({ method: 'GET', target: login.target, fields });
  if (isRefusal(answer)) return answer;
  if (!logsIn(answer))
    return refuse('delivery-failed', `the hub answered ${answer.status} to GET ${login.target}, and logged nobody in`);
  take(jar, answer);
  const delivered = await postWith(delivery, jar, ask);
  if (delivered === 'nobody') return unknownLogin;
  return isRefusal(delivered) ? delivered : null;
}
