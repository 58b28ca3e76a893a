import { afterEach, beforeEach, expect, test } from 'vitest';
import { SHOP, type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
  await cli.closeApi();
});
afterEach(() => cli.close());

const ON_CLUSTER = `application: shop
target: { kubernetes: { cluster: prod, namespace: shop } }
components:
  web:
    image: registry.example/shop:1.0
    instances: 3
    secrets: { TOKEN: { environment: SHOP_TOKEN } }
`;

test('the objects of a release are printed without a control plane or a cluster', async () => {
  await cli.write('sluice.yaml', ON_CLUSTER);
  const { code, stdout } = await cli.run('render --version v2');
  expect(code).toBe(0);
  expect(stdout).toContain('kind: Deployment');
  expect(stdout).toContain('image: registry.example/shop:1.0');
  const { document } = await cli.json('render --version v2');
  const kinds = (document as { objects: { kind: string }[] }).objects.map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['Service', 'Deployment', 'PodDisruptionBudget']));
});

test('another image is another revision, and the same file the same one', async () => {
  await cli.write('sluice.yaml', ON_CLUSTER);
  const first = await cli.run('render');
  expect(await cli.run('render')).toEqual(first);
  await cli.write('sluice.yaml', ON_CLUSTER.replace('1.0', '1.1'));
  const nameOf = (text: string) => /name: (shop-local-web-[0-9a-f]{12})/.exec(text)?.[1];
  expect(nameOf((await cli.run('render')).stdout)).not.toBe(nameOf(first.stdout));
});

test('a file of which nothing runs on a cluster says so', async () => {
  await cli.write('sluice.yaml', SHOP);
  const { code, stdout } = await cli.run('render');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^# Nothing of sluice.yaml runs on a cluster/);
});
