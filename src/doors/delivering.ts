/** Carries out a delivery with the request that it goes with: the browser gets all of it, or none. */
import { isRefusal, type Refusal } from '../gate/reasons.ts';
import type { Delivery, OutboundRequest } from '../gate/stages.ts';
import { type AskAsBrowser, deliverAgain, deliverAtLogin, logsIn } from '../hub/deliver.ts';
import type { Deliveries } from '../hub/deliveries.ts';
import type { HubClient } from '../wire/upstream/hub-client.ts';
import type { Running } from '../wire/upstream/hub-request.ts';
import { askWhole, type WholeAnswer } from './whole-answer.ts';

/** What comes of it: a whole answer for the browser, `done` where the request itself goes on, or why nothing does. */
export type DeliveryOutcome = { readonly answer: WholeAnswer } | 'done' | Refusal;

/** How the hub is asked, and who keeps book. */
interface Means {
  readonly hub: HubClient;
  readonly book: Deliveries | undefined;
}

/** The hub answers the login first, and the browser hears of it once the hub has the rest. */
async function logInWith(
  { method, target, fields }: OutboundRequest,
  delivery: Delivery,
  { hub, book }: Means,
  onRunning: (running: Running) => void,
): Promise<DeliveryOutcome> {
  const ask: AskAsBrowser = request => askWhole(hub, request, onRunning);
  const login = await askWhole(hub, { method, target, fields }, onRunning);
  if (isRefusal(login)) return login;
  if (!logsIn(login)) return { answer: login };
  const said = await deliverAtLogin(delivery, login, ask);
  if (isRefusal(said)) return said;
  book?.note(delivery.hubUser, delivery.expiresAt);
  return { answer: { ...login, fields: said.fields } };
}

async function renewWith(
  delivery: Delivery,
  { hub, book }: Means,
  onRunning: (running: Running) => void,
): Promise<DeliveryOutcome> {
  const refusal = await deliverAgain(delivery, request => askWhole(hub, request, onRunning));
  if (refusal !== null) return refusal;
  book?.note(delivery.hubUser, delivery.expiresAt);
  return 'done';
}

/** Never rejects but for a bug; `onRunning` is told what to abort when the browser goes. */
export function carryDelivery(
  request: OutboundRequest,
  delivery: Delivery,
  means: Means,
  onRunning: (running: Running) => void,
): Promise<DeliveryOutcome> {
  return delivery.when === 'before'
    ? renewWith(delivery, means, onRunning)
    : logInWith(request, delivery, means, onRunning);
}
