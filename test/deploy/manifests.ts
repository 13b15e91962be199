/** The manifests under deploy/kubernetes, read as data: the parts of them that tests look at. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { checkoutRoot } from '../../scripts/checkout.ts';

/** Where they stand. */
export const manifestFolder: string = join(checkoutRoot, 'deploy', 'kubernetes');

/** The files with objects for the cluster. */
export const manifestFiles: readonly string[] = readdirSync(manifestFolder).filter(
  name => name !== 'kustomization.yaml',
);

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.union([z.string(), z.number()]) }) });
const container = z.object({
  name: z.string(),
  image: z.string(),
  restartPolicy: z.string().optional(),
  args: z.array(z.string()).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  startupProbe: probe.optional(),
  securityContext: z.record(z.string(), z.unknown()),
  resources: z.object({ requests: z.unknown(), limits: z.object({ memory: z.string() }) }),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).default([]),
});
const podTemplate = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()) }),
  spec: z.object({
    automountServiceAccountToken: z.boolean(),
    terminationGracePeriodSeconds: z.number(),
    securityContext: z.record(z.string(), z.unknown()),
    initContainers: z.array(container),
    containers: z.array(container),
  }),
});
const peer = z.object({
  namespaceSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }).optional(),
  podSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
});

/** A NetworkPolicy's rules on what comes in. */
export const policySpec = z.object({
  podSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
  policyTypes: z.array(z.string()),
  ingress: z.array(z.object({ from: z.array(peer), ports: z.array(z.object({ port: z.unknown() })) })),
});

/** Where a Service leads. */
export const serviceSpec = z.object({
  selector: z.record(z.string(), z.string()),
  ports: z.array(z.object({ port: z.number(), targetPort: z.string() })),
});
const manifest = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.unknown().optional(),
  data: z.record(z.string(), z.string()).default({}),
});

/** Every object of every file. */
export const manifests: readonly z.infer<typeof manifest>[] = manifestFiles.flatMap(name =>
  parseAllDocuments(readFileSync(join(manifestFolder, name), 'utf8')).map(document => manifest.parse(document.toJS())),
);

/** The one object of this kind and name; throws when there is none. */
export function manifestNamed(kind: string, name: string): z.infer<typeof manifest> {
  const found = manifests.find(each => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

const statefulSet = z
  .object({ replicas: z.number(), template: podTemplate })
  .parse(manifestNamed('StatefulSet', 'hub').spec);

/** The pod of hub, proxy and gate. */
export const pod: z.infer<typeof podTemplate> = statefulSet.template;

/** How many such pods there are. */
export const pods: number = statefulSet.replicas;

/** One of the pod's containers; throws when there is none. */
export function containerNamed(name: string): z.infer<typeof container> {
  const found = [...pod.spec.initContainers, ...pod.spec.containers].find(each => each.name === name);
  if (found === undefined) throw new Error(`there is no container ${name}`);
  return found;
}
