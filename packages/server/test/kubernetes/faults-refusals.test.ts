import type { FaultMatch } from '@sluice/fake-kubernetes/faults/fault.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
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

const ACCOUNT = 'sluice';
const LONG = '{ canary: { phases: [ { share: 25%, hold: 10m } ], keep-old: 0s } }';

let rig: KubernetesRig;
let gateway: GatewayController;
beforeAll(async () => {
  rig = await KubernetesRig.start(playedFake, tokenOfAccount);
  gateway = await startGatewayController(rig.cluster.client, rig.namespace);
});
afterEach(() => fake().faults.clear());
afterAll(async () => {
  await gateway.stop();
  await rig.close();
});

const fake = () => {
  const { fake: parts } = rig.cluster;
  if (parts === null) throw new TypeError('these faults need the fake cluster');
  return parts.cluster;
};

/** The control plane runs as a service account, with the Role that `sluice doctor` prints and nothing more. */
async function tokenOfAccount(cluster: PlayedCluster, namespace: string): Promise<string> {
  const metadata = { name: ACCOUNT, namespace };
  await cluster.client.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await grant(cluster, namespace, () => true);
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${ACCOUNT}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const answer = await cluster.fake?.cluster.caller.send({ method: 'POST', path, body });
  const { status } = (answer?.body ?? {}) as { readonly status?: { readonly token: string } };
  return status?.token ?? '';
}

async function grant(
  { client }: PlayedCluster,
  namespace: string,
  isGranted: (permission: { readonly verb: string; readonly resource: string }) => boolean,
): Promise<void> {
  const served = OPTIONAL_APIS.filter(({ group }) => /gateway|istio/.test(group));
  const needed = permissionsIn(namespace, [...PERMISSIONS, ...served]).filter(isGranted);
  const user = `system:serviceaccount:${namespace}:${ACCOUNT}`;
  for (const object of roleFor(needed, { name: ACCOUNT, user })) await client.apply(object);
}
const revoke = (verb: string, resource: string): Promise<void> =>
  grant(rig.cluster, rig.namespace, (one) => one.verb !== verb || one.resource !== resource);
const grantAll = (): Promise<void> => grant(rig.cluster, rig.namespace, () => true);

const web = (version: string): string =>
  rig.file(
    `{ image: "registry.example/web:${version}", instances: 4, kubernetes: { router: { gateway-api: { parents: infra/public } } }, strategy: ${LONG} }`,
  );

/** What is refused to the control plane, or to whom else is named; returns how to lift that. */
function refuse(match: FaultMatch, message: string): () => void {
  const user = `system:serviceaccount:${rig.namespace}:${ACCOUNT}`;
  const webhook = 'policy.example.com';
  const fault = fake().faults.add({
    match: { user, ...match },
    action: { kind: 'webhook-refusal', webhook, message },
  });
  return () => fault.remove();
}
const DENIED = 'admission webhook "policy.example.com" denied the request';
const WRITES = ['create', 'patch'];

/** Waits until status says something of a version that is under way, and says it of one of its orders. */
const isTold = (version: string, words: string): Promise<TrackView> =>
  rig.until(({ active, explanation }) => {
    expect(active?.version).toBe(version);
    expect(explanation.waitingFor).toContain(words);
  });

/** What a release makes for one revision, by kind. */
const made = async (): Promise<readonly string[]> => {
  const kinds = [
    ['apps/v1', 'Deployment'],
    ['v1', 'Service'],
    ['policy/v1', 'PodDisruptionBudget'],
  ] as const;
  const lists = await Promise.all(kinds.map(([apiVersion, kind]) => rig.list(apiVersion, kind)));
  return lists.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
};

/** Releases a version, and brings it to its first phase. */
async function begin(version: string): Promise<void> {
  await rig.deploy(web(version), version);
  await rig.judged(version);
}
const promote = () => rig.api.command('shop/local/web', { command: 'promote', by: 'test' });

describe('an admission webhook that rejects what Sluice writes', () => {
  test('is quoted when it rejects the Deployment of a first release, and nothing is half-applied', async () => {
    // The order is under way when the webhook comes: before, the release itself would be refused.
    const slow = { kind: 'slow', delayMs: 600 } as const;
    const delayed = fake().faults.add({ match: { verb: 'get', resource: 'deployments' }, action: slow });
    await rig.deploy(web('v1'), 'v1');
    delayed.remove();
    const lift = refuse({ verb: WRITES, resource: 'deployments' }, 'there is no label team');
    const told = await isTold(
      'v1',
      `${DENIED}: there is no label team; change the object as the webhook asks`,
    );
    expect(told.revisions).toMatchObject([{ version: 'v1', ready: 0 }]);
    expect(told.split.weights).toEqual([]);
    expect(await made()).toEqual([]);
    lift();
    await rig.stable('v1');
  });

  test('is quoted when it rejects pods of the candidate, and nothing is taken from stable', async () => {
    // What plays the controllers is the administrator.
    const lift = refuse({ verb: 'create', resource: 'pods', user: 'admin' }, 'images come from our registry');
    await rig.deploy(web('v2'), 'v2');
    const told = await isTold('v2', `${DENIED}: images come from our registry`);
    expect(told.revisions).toMatchObject([
      { version: 'v1', role: 'stable', ordered: 4, ready: 4 },
      { version: 'v2', role: 'candidate', ordered: 1, ready: 0 },
    ]);
    lift();
    await rig.judged('v2');
  });

  test('is quoted when it rejects a change in the middle of the rollout, which goes on when it is lifted', async () => {
    const lift = refuse({ verb: WRITES, resource: 'deployments' }, 'changes are frozen');
    await promote();
    const told = await isTold('v2', `${DENIED}: changes are frozen`);
    expect(told.explanation.refusedOrders).toMatchObject([{ ordered: '4 instances of v2' }]);
    expect(told.active?.candidateShareBasisPoints).toBe(2500);
    lift();
    await rig.stable('v2');
  });
});

describe('a service account that lacks one verb', () => {
  test.each([
    ['v3', 'patch', 'deployments', 'apps'],
    ['v4', 'patch', 'httproutes', 'gateway.networking.k8s.io'],
  ])(
    'holds %s, with the verb, the resource, the namespace and the way out: %s %s',
    async (version, verb, resource, group) => {
      await begin(version);
      await revoke(verb, resource);
      await promote();
      const account = `system:serviceaccount:${rig.namespace}:${ACCOUNT}`;
      const what = `user ${account} may not ${verb} ${resource}.${group} in namespace ${rig.namespace}`;
      const told = await isTold(
        version,
        `${what}; grant that verb by a Role (\`sluice doctor --cluster default --namespace ${rig.namespace}\` prints it)`,
      );
      expect(told.active?.phase).toBe('running');
      expect(told.stable?.version).not.toBe(version);
      const health = await rig.api.clusterHealth('default', rig.namespace);
      expect(health.ok && health.value.missing).toMatchObject([
        { verb, resource, group, namespace: rig.namespace },
      ]);
      await grantAll();
      await rig.stable(version);
    },
  );
});

test('nothing is left of what was refused', async () => {
  await rig.until(({ revisions }) => expect(revisions.map(({ version }) => version)).toEqual(['v4']));
  const { stable } = await rig.track();
  const hash = stable?.revision.replace('web-', '');
  expect(await made()).toEqual([
    `Deployment shop-local-web-${hash}`,
    'Service shop-local-web',
    `Service shop-local-web-${hash}`,
    `PodDisruptionBudget shop-local-web-${hash}`,
  ]);
});
