import { fileURLToPath } from 'node:url';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { FaultSubject } from '@sluice/fake-kubernetes/faults/fault.ts';
import type { Programs } from '@sluice/fake-kubernetes/node-player/programs.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  OPTIONAL_APIS,
  PERMISSIONS,
  permissionsIn,
} from '../../src/kubernetes/permissions/permission-table.ts';
import { roleFor } from '../../src/kubernetes/permissions/role-for.ts';
import {
  startGatewayController,
  type GatewayController,
} from '../../src/routing/cluster/testing/gateway-controller.ts';
import { type PlayedCluster, playedFake } from '../../src/targets/testing/played-cluster.ts';
import { KubernetesRig } from './kubernetes-rig.ts';

const PORT = 8080;
/** As the fake cluster knows its user `limited`. */
const USER = 'dev';
const missing =
  process.platform === 'linux'
    ? undefined
    : 'pods that are programs need all of 127.0.0.0/8, which only Linux has';
if (missing !== undefined) reportSkip(`releases by somebody who may do no more than is needed: ${missing}`);

const programs: Programs = () => ({
  command: process.execPath,
  args: [fileURLToPath(new URL('testing/counting-program.ts', import.meta.url))],
  env: {},
});

let rig: KubernetesRig;
let gateway: GatewayController;
/** What the API server was asked for by the control plane, in the words of roles: `patch deployments.apps`. */
const asked = new Set<string>();

/** The control plane may do what the table lists in the namespace, and nothing else. */
async function grantedToken(cluster: PlayedCluster, namespace: string): Promise<string> {
  for (const role of roleFor(permissionsIn(namespace, ROWS), { name: 'sluice', user: USER }))
    await cluster.client.apply(role);
  return cluster.fake?.cluster.tokens['limited'] ?? '';
}
const ROWS = [...PERMISSIONS, ...OPTIONAL_APIS.filter(({ group }) => /gateway|istio/.test(group))];

const note = ({ user, verb, group, resource, subresource }: FaultSubject): void => {
  // Of what is served, and of one's own identity and permissions, everybody may ask.
  if (user !== USER || resource.startsWith('/') || group.startsWith('auth')) return;
  asked.add(`${verb} ${subresource === '' ? resource : `${resource}/${subresource}`}.${group}`);
};

// Where pods cannot be programs the reason is printed above.
describe.skipIf(missing !== undefined)('by somebody who may do no more than the table says', () => {
  beforeAll(async () => {
    rig = await KubernetesRig.start(() => playedFake({ programs }), grantedToken);
    rig.cluster.fake?.cluster.onRequest(note);
    gateway = await startGatewayController(rig.cluster.client, rig.namespace);
  });
  afterAll(async () => {
    await gateway?.stop();
    await rig.close();
  });

  const SWAP = '{ blue-green: { checks: [ smoke ], bake: 1s, keep-old: 0s } }';
  const CANARY = '{ canary: { phases: [ { share: 50%, hold: 1s } ], keep-old: 0s } }';
  const component = (image: string, strategy: string, kubernetes: string): string =>
    `{ image: "registry.example/${image}", port: ${PORT}, instances: 2, health: { path: /healthz, interval: 1s }, strategy: ${strategy}, kubernetes: ${kubernetes} }`;
  const SHIELD = '{ outlier-detection: { consecutive5xxErrors: 5 }, mutual-tls: STRICT }';
  const shop = (version: string, smoke = '/healthz'): string =>
    rig.file(
      component(`web:${version}`, SWAP, '{ requests: { cpu: 10m }, autoscale: { max: 4 } }'),
      `  api: ${component(`api:${version}`, CANARY, '{ router: { gateway-api: { parents: infra/public } } }')}
  mesh: ${component(`mesh:${version}`, CANARY, `{ router: { istio: ${SHIELD} } }`)}
checks: { smoke: { http: ${smoke}, timeout: 5s } }
`,
    );
  const COMPONENTS = ['web', 'api', 'mesh'];
  const all = (version: string) => Promise.all(COMPONENTS.map((name) => rig.stable(version, name)));
  const problemOf = async (text: string): Promise<Problem> => {
    const reply = await rig.api.release({ text, file: 'sluice.yaml', baseDirectory: '/', version: 'v9' });
    assert(!reply.ok && reply.failure.kind === 'refused', `it was not refused: ${JSON.stringify(reply)}`);
    return reply.failure.problem;
  };

  test('releases of every router succeed, and checks reach pods through the API server', async () => {
    const { warnings } = await rig.deploy(shop('v1'), 'v1');
    expect(warnings.filter((warning) => /refused|check/.test(warning))).toEqual([]);
    await all('v1');
    await rig.deploy(shop('v2'), 'v2');
    await all('v2');
    expect(asked).toContain('get pods/proxy.');
  });

  test('a check that a pod answers otherwise takes the candidate back', async () => {
    const text = shop('v3', '/failing').replace(/ {2}(api|mesh): .*\n/g, '');
    await rig.deploy(
      text.replace(
        /smoke: { http: [^}]*}/,
        'smoke: { http: /healthz, expect: { status: 204 }, timeout: 5s }',
      ),
      'v3',
    );
    const { last } = await rig.until((track) => expect(track.last?.version).toBe('v3'));
    expect(JSON.stringify(last)).toMatch(/GET \/healthz to shop-local-web-[^ ]*:8080 was answered 200/);
  });

  test('logs are read, and what was is brought back', async () => {
    await rig.api.logs('shop/local/web', { tail: 5 });
    const reply = await rig.api.rollBack('shop/local/web', { bySteps: false, by: 'test' });
    expect(reply.ok).toBe(true);
    await rig.stable('v1');
  });

  test('the table lists all that was asked for', () => {
    const listed = permissionsIn(rig.namespace, ROWS).map(
      ({ verb, resource, group }) => `${verb} ${resource}.${group}`,
    );
    expect([...asked].filter((one) => !listed.includes(one))).toEqual([]);
    expect(asked.size).toBeGreaterThan(30);
  });

  test('what a cluster would not take is refused at once, with what to do', async () => {
    const fresh = shop('v9').replace('application: shop', 'application: fresh');
    expect(await problemOf(fresh.replace('cluster: default', 'cluster: mars'))).toMatchObject({
      ...{ status: 422, code: 'unknown-cluster' },
      detail: expect.stringContaining('No cluster mars is registered'),
    });
    expect(await problemOf(fresh.replace('cluster: default', '"cluster": "context:nowhere"'))).toMatchObject({
      ...{ status: 422, code: 'unknown-cluster' },
      detail: expect.stringContaining('there is no context nowhere'),
    });
    const elsewhere = fresh.replace(`namespace: ${rig.namespace}`, 'namespace: elsewhere');
    expect(await problemOf(elsewhere)).toMatchObject({
      ...{ status: 409, code: 'missing-permission' },
      remedy: expect.stringContaining('sluice doctor --cluster default --namespace elsewhere'),
    });
    const plan = await rig.api.plan({
      text: elsewhere,
      file: 'sluice.yaml',
      baseDirectory: '/',
      version: 'v9',
    });
    expect(plan.ok && plan.value.warnings).toContainEqual(
      expect.stringContaining('It would be refused now: '),
    );
  });

  test('a server that is away refuses a release, and neither an abort nor a rollback', async () => {
    const long = CANARY.replace('1s', '10m');
    const text = shop('v4')
      .replace(/ {2}(api|mesh): .*\n/g, '')
      .replace(SWAP, long);
    await rig.deploy(text, 'v4');
    await rig.until(({ split }) => expect(split.weights).toHaveLength(2));
    await rig.cluster.fake?.cluster.stop();
    expect(await problemOf(shop('v9'))).toMatchObject({ status: 503, code: 'cluster-unreachable' });
    const aborted = await rig.api.command('shop/local/web', { command: 'abort', by: 'test' });
    expect(aborted.ok).toBe(true);
    const back = await rig.api.rollBack('shop/local/web', { to: 'v2', bySteps: false, by: 'test' });
    expect(back.ok).toBe(true);
    await rig.cluster.fake?.cluster.start();
    await rig.stable('v2');
  });
});
