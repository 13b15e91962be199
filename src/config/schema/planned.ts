/** Top-level keys of features that are not built yet: each takes only what means off. */
import { type Fields, group, keyOr, later, laterKey } from '../shape.ts';

/** Known, off, and refused when switched on. */
export const plannedFields: Fields = {
  store: keyOr('What replicas share', group({ url: later('memory, redis:// or rediss://', 'memory') }), {}),
  decide: laterKey("The companion's doors for an ingress", {
    address: 'forward-auth by HTTP',
    grpcAddress: "Envoy's ext_authz",
  }),
  mode: later('enforce, or observe (shadow mode)', 'enforce'),
  tracing: keyOr('OpenTelemetry', group({ endpoint: later('OTLP over HTTP', '') }), {}),
  workers: later('Processes that share the listeners', 1),
};
