import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApiObject } from '../objects/api-object.ts';
import type { Resource } from '../objects/resource.ts';
import { TestCluster } from '../testing/test-cluster.ts';

const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const ROUTES: Resource = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  plural: 'httproutes',
  kind: 'HTTPRoute',
  namespaced: true,
};

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
});

afterEach(() => cluster.close());

const configMap = (name: string, ...owners: readonly ApiObject[]): Promise<ApiObject> =>
  cluster.create(CONFIG_MAPS, name, { metadata: { name, ownerReferences: owners.map(referenceTo) } });

function referenceTo({ apiVersion, kind, metadata }: ApiObject): object {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid };
}

const names = (objects: readonly ApiObject[]): readonly string[] =>
  objects.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');

it('objects of a definition that came later go with their owner', async () => {
  const owner = await configMap('owner');
  await cluster.whole.cluster.define('gateway-api');
  const spec = { parentRefs: [{ name: 'edge' }] };
  await cluster.create(ROUTES, 'web', {
    metadata: { name: 'web', ownerReferences: [referenceTo(owner)] },
    spec,
  });
  await cluster.until(ROUTES, (routes) => routes.length === 1);
  await cluster.remove(CONFIG_MAPS, 'owner');
  await cluster.until(ROUTES, (routes) => routes.length === 0);
});

it('an object with another owner stays and loses only the one that is gone', async () => {
  const [first, second] = [await configMap('first'), await configMap('second')];
  await configMap('shared', first, second);
  await cluster.remove(CONFIG_MAPS, 'first');
  const shared = await cluster.untilOne(
    CONFIG_MAPS,
    'shared',
    ({ metadata }) => metadata.ownerReferences?.length === 1,
  );
  expect(shared.metadata.ownerReferences?.[0]?.name).toBe('second');
});

it('a chain of owners goes from the top down', async () => {
  const top = await configMap('top');
  await configMap('bottom', await configMap('middle', top));
  await cluster.remove(CONFIG_MAPS, 'top', { propagationPolicy: 'Background' });
  await cluster.until(CONFIG_MAPS, (maps) => names(maps).length === 0);
});

it('an owner of the same name and another uid does not count', async () => {
  const gone = await configMap('owner');
  await cluster.remove(CONFIG_MAPS, 'owner', { propagationPolicy: 'Orphan' });
  await cluster.until(CONFIG_MAPS, (maps) => names(maps).length === 0);
  await configMap('owner');
  await configMap('child', gone);
  await cluster.until(CONFIG_MAPS, (maps) => names(maps).length === 1);
});
