/** The Kubernetes manifests: valid to the cluster's own schemas, the config in them valid to the gate, and no way around the gate. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { checkoutVersion } from '../../scripts/bundle.ts';
import { hubEnvironment, toolsEnvironment } from '../../scripts/python-environments.ts';
import { loadConfig } from '../../src/config/load.ts';
import {
  containerNamed,
  manifestFiles,
  manifestFolder,
  manifestNamed,
  manifests,
  pod,
  pods,
  policySpec,
  serviceSpec,
} from './manifests.ts';
import { runProgram, tryProgram } from './run-program.ts';

const gate = containerNamed('gate');

const loadFolder = mkdtempSync(join(tmpdir(), 'manifests-'));
t.teardown(() => rmSync(loadFolder, { recursive: true, force: true }));
const configFile = join(loadFolder, 'proxy.yaml');
writeFileSync(configFile, manifestNamed('ConfigMap', 'hubgate').data['proxy.yaml'] ?? '');
const loaded = loadConfig(configFile, {});

/** What the spawner puts on users' servers: its own labels and the hub's config's. */
const serverLabels = { 'app.kubernetes.io/name': 'jupyterhub', 'app.kubernetes.io/component': 'singleuser-server' };
const selects = (selector: Record<string, string>, labels: Record<string, string>): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

const validate = (...paths: string[]) =>
  tryProgram(join(toolsEnvironment.folder, 'bin', 'kubernetes-validate'), ['--strict', ...paths]);

t.test('every manifest holds against the schemas, unknown fields refused', async t => {
  const ending = validate(...manifestFiles.map(name => join(manifestFolder, name)));
  t.equal(ending.status, 0, ending.stdout + ending.stderr);
  t.equal((ending.stdout + ending.stderr).match(/ passed for resource /g)?.length, manifests.length);
  t.notMatch(ending.stdout + ending.stderr, /WARN/);
});

t.test('the schemas would find a field that is not there', async t => {
  const broken = join(loadFolder, 'broken.yaml');
  writeFileSync(
    broken,
    readFileSync(join(manifestFolder, 'hub.yaml'), 'utf8').replace('restartPolicy:', 'restartsPolicy:'),
  );
  t.not(validate(broken).status, 0);
});

t.test('kustomization names every manifest', async t => {
  const [kustomization] = parseAllDocuments(readFileSync(join(manifestFolder, 'kustomization.yaml'), 'utf8'));
  t.same(
    new Set(z.object({ resources: z.array(z.string()) }).parse(kustomization?.toJS()).resources),
    new Set(manifestFiles),
  );
});

t.test("the gate's config passes the gate's own loader", async t => {
  t.match(loaded, { ok: true, warnings: [] });
});

t.test("the hub's config is Python, for the hub that the gate's preset is for", async t => {
  const text = manifestNamed('ConfigMap', 'hub').data['jupyterhub_config.py'] ?? '';
  const file = join(loadFolder, 'jupyterhub_config.py');
  writeFileSync(file, text);
  runProgram(join(hubEnvironment.folder, 'bin', 'python'), ['-c', `compile(open('${file}').read(), 'config', 'exec')`]);
  const preset = loaded.ok ? loaded.config.hub.authenticator.preset : '';
  t.match(text, `authenticator_class = '${preset}'`);
});

t.test('one gate: what it remembers of logouts and one-time codes it shares with nobody', async t => {
  t.equal(pods, 1);
  t.strictSame(
    manifests.filter(({ kind }) => /^(?:Deployment|DaemonSet|StatefulSet|HorizontalPodAutoscaler)$/.test(kind)),
    [manifestNamed('StatefulSet', 'hub')],
  );
});

t.test('the gate is a native sidecar of this version, with its config where the image looks for it', async t => {
  t.strictSame(
    pod.spec.initContainers.map(({ name, restartPolicy }) => [name, restartPolicy]),
    [['gate', 'Always']],
  );
  t.equal(gate.image, `hubgate:${checkoutVersion()}`);
  t.ok(gate.volumeMounts.some(({ mountPath }) => mountPath === '/etc/hubgate'));
});

t.test("the gate's ports and probes are those of its config", async t => {
  if (!loaded.ok) throw new Error('the config does not load');
  const port = (name: string) => gate.ports.find(each => each.name === name)?.containerPort;
  t.match(loaded.config.listen, [
    { address: { kind: 'tcp', port: port('gate') }, audience: 'browsers' },
    { address: { kind: 'tcp', port: port('servers') }, audience: 'servers' },
  ]);
  t.match(loaded.config.health.address, { kind: 'tcp', port: port('health') });
  t.match(gate, {
    startupProbe: { httpGet: { path: '/healthz', port: 'health' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 'health' } },
    readinessProbe: { httpGet: { path: '/readyz', port: 'health' } },
  });
});

t.test('the pod outlives the drain', async t => {
  const drainMs = loaded.ok ? loaded.config.limits.drainTimeoutMs : Number.POSITIVE_INFINITY;
  t.ok(pod.spec.terminationGracePeriodSeconds * 1000 > drainMs);
});

t.test('no container is root, writes its own files, or has capabilities or unbounded memory', async t => {
  t.match(pod.spec.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  t.equal(pod.spec.automountServiceAccountToken, false);
  for (const { name, securityContext } of [...pod.spec.initContainers, ...pod.spec.containers])
    t.match(
      securityContext,
      { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      name,
    );
  t.notOk(
    gate.volumeMounts.some(({ mountPath }) => mountPath.includes('serviceaccount')),
    "the hub's token is not the gate's",
  );
});

t.test("the hub's public proxy listens on loopback alone, where the gate looks for it", async t => {
  const { args, ports } = containerNamed('proxy');
  t.match(loaded, { config: { hub: { address: { kind: 'tcp', host: '127.0.0.1', port: 8000 } } } });
  t.ok(args.includes('--ip=127.0.0.1') && args.includes('--port=8000') && args.includes('--api-ip=127.0.0.1'));
  t.strictSame(ports, []);
});

t.test("the hub's own port is on loopback, and users' servers know the gate's door for them", async t => {
  const text = manifestNamed('ConfigMap', 'hub').data['jupyterhub_config.py'] ?? '';
  t.match(text, /^c\.JupyterHub\.hub_bind_url = 'http:\/\/127\.0\.0\.1:8081'$/m);
  t.match(loaded, { config: { hub: { internal: { address: { kind: 'tcp', host: '127.0.0.1', port: 8081 } } } } });
  const { ports } = serviceSpec.parse(manifestNamed('Service', 'hub').spec);
  t.match(text, new RegExp(`^c\\.Spawner\\.hub_connect_url = 'http://hub:${ports[0]?.port}'$`, 'm'));
  t.notMatch(
    text,
    /^c\.JupyterHub\.hub_connect_url/m,
    "the hub's own proxy would go by the gate, which leads it to the API alone",
  );
  t.strictSame(containerNamed('hub').ports, []);
});

t.test(
  "a Service leads to the gate's doors, never to the hub's own port, to a user's server or the hub's proxy",
  async t => {
    const services = manifests
      .filter(({ kind }) => kind === 'Service')
      .map(({ metadata, spec }) => ({ name: metadata.name, ...serviceSpec.parse(spec) }));
    t.strictSame(
      services.map(({ name, ports }) => [name, ports.map(({ targetPort }) => targetPort)]),
      [
        ['hubgate', ['gate']],
        ['hub', ['servers']],
      ],
    );
    for (const { name, selector } of services) {
      t.ok(selects(selector, pod.metadata.labels), `${name} selects the pod`);
      t.notOk(selects(selector, serverLabels), `${name} selects no user's server`);
    }
  },
);

t.test(
  "only the ingress reaches the gate, only users' servers their door, only the hub's pod users' servers",
  async t => {
    const hub = policySpec.parse(manifestNamed('NetworkPolicy', 'jupyterhub').spec);
    t.ok(selects(hub.podSelector.matchLabels, pod.metadata.labels));
    t.notOk(selects(hub.podSelector.matchLabels, serverLabels));
    t.match(hub, {
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ namespaceSelector: { matchLabels: Object }, podSelector: Object }], ports: [{ port: 'gate' }] },
        { from: [{ podSelector: Object }], ports: [{ port: 'servers' }] },
      ],
    });
    const [, servers] = hub.ingress;
    t.strictSame([hub.ingress.length, servers?.from.length, servers?.ports.length], [2, 1, 1]);
    t.ok(selects(servers?.from[0]?.podSelector.matchLabels ?? {}, serverLabels));

    const users = policySpec.parse(manifestNamed('NetworkPolicy', 'singleuser-servers').spec);
    t.ok(selects(users.podSelector.matchLabels, serverLabels));
    t.equal(users.ingress.length, 1);
    const caller = users.ingress[0]?.from[0]?.podSelector.matchLabels ?? {};
    t.ok(selects(caller, pod.metadata.labels));
    t.notOk(selects(caller, serverLabels));
  },
);
