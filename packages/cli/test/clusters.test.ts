import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

describe('sluice cluster', () => {
  test('registers a cluster by a reference, lists it and removes it', async () => {
    const added = await cli.run(
      'cluster add eu --kubeconfig eu.yaml --context admin@eu --region eu-central-1',
    );
    const path = join(cli.folder, 'eu.yaml');
    expect(added).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`eu, by the context admin@eu of ${path}, is registered`),
    });
    await cli.run('cluster add own --in-cluster --provider gke');
    expect((await cli.run('cluster list')).stdout).toBe(
      [
        'CLUSTER  REGION        PROVIDER  CREDENTIALS',
        `eu       eu-central-1  -         the context admin@eu of ${path}`,
        'own      -             gke       the service account of its own pod',
        'default  -             -         not registered: the own cluster of the control plane, or else the current context of its default kubeconfig\n',
      ].join('\n'),
    );
    expect((await cli.run('cluster remove eu')).code).toBe(0);
    const { document } = await cli.json('cluster list');
    expect(document).toMatchObject({ items: [{ name: 'own', credentials: { kind: 'in-cluster' } }] });
  });

  test('an empty list shows the default one, and says how to register one', async () => {
    const { stdout } = await cli.run('cluster list');
    expect(stdout).toMatch(/^default +- +- +not registered: the own cluster/m);
    expect(stdout).toMatch(/^No cluster is registered; `sluice cluster add/m);
    await cli.run('cluster add default --context here');
    expect((await cli.run('cluster list')).stdout.match(/^default .*/gm)).toEqual([
      'default  -       -         the context here of the default kubeconfig',
    ]);
  });

  test.each([
    ['cluster add', 'It is not said which cluster to add.'],
    ['cluster remove', 'It is not said which cluster to remove.'],
    ['cluster list eu', '`cluster list` takes no name'],
    ['cluster add eu --in-cluster --context a', '--in-cluster needs no kubeconfig'],
    ['cluster add EU', '/path/name'],
  ])('%s is refused', async (args, words) => {
    const { code, stderr } = await cli.run(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) });
    expect((await cli.clusters.page({ cursor: null, limit: 9 })).items).toEqual([]);
  });

  test('removing one that is not there is refused by the present state', async () => {
    expect(await cli.run('cluster remove eu')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('The cluster eu is not known'),
    });
  });

  test('with DRY_RUN nothing is registered', async () => {
    const { stdout } = await cli.run('cluster add eu', { environment: { DRY_RUN: 'true' } });
    expect(stdout).toBe(
      'It would register the cluster eu, by the current context of the default kubeconfig.\n',
    );
    expect((await cli.clusters.page({ cursor: null, limit: 9 })).items).toEqual([]);
  });
});

const MISSING = {
  missing: ['create', 'patch'].map((verb) => ({
    verb,
    group: 'apps',
    resource: 'deployments',
    namespace: 'shop',
    why: 'each revision is a Deployment',
  })),
  roles: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'sluice', namespace: 'shop' },
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['create', 'patch'] }],
    },
  ],
};

describe('sluice doctor', () => {
  test('ends with 0 when all is there, and prints nothing for a pipe', async () => {
    await cli.run('cluster add eu');
    const { code, stdout, stderr } = await cli.run('doctor --namespace shop');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      '✔ control plane: ready',
      '  ✔ store',
      '✔ cluster eu: Kubernetes v1.34.1, which knows Sluice as system:serviceaccount:sluice:server',
      '  ✔ HTTPRoute (Gateway API) is served',
      '  ✔ permissions in shop: all that Sluice needs',
      '',
    ]);
  });

  test('names what is missing by verb and resource, and prints the roles for a pipe', async () => {
    await cli.run('cluster add eu');
    cli.clusters.findings.set('eu', { ...MISSING, namespaces: ['shop'] });
    const { code, stdout, stderr } = await cli.run('doctor --cluster eu');
    expect(code).toBe(1);
    expect(stderr).toContain('✘ permissions in shop: these are missing');
    expect(stderr).toContain('create, patch deployments.apps in shop (each revision is a Deployment)');
    expect(stdout).toMatch(/^apiVersion: rbac.authorization.k8s.io\/v1\nkind: Role\n/);
    expect(stdout).toMatch(/verbs:\n +- create\n +- patch\n$/);
  });

  test('a cluster that is away, and an API that a track needs, are told and end with 1', async () => {
    await cli.run('cluster add eu');
    cli.clusters.findings.set('eu', { reachable: false, detail: 'nothing listens at 10.0.0.1:6443' });
    cli.clusters.findings.set('default', {
      apis: ['ServiceMonitor', 'VirtualService'].map((kind) => ({
        name: 'Somebody',
        apiVersion: 'v1',
        kind,
        served: false,
        neededBy: kind === 'ServiceMonitor' ? ['shop/production/web'] : [],
      })),
    });
    const away = await cli.run('doctor');
    expect(away).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('eu: nothing listens at 10.0.0.1'),
    });
    const lacking = await cli.run('doctor --cluster default');
    expect(lacking.code).toBe(1);
    expect(lacking.stderr).toContain(
      '✘ ServiceMonitor (Somebody) is not served, and is needed by shop/production/web',
    );
    expect(lacking.stderr).toContain('· VirtualService (Somebody) is not served; nothing needs it');
  });

  test('with a namespace and no cluster at all the default one is looked at', async () => {
    cli.clusters.findings.set('default', { ...MISSING, namespaces: ['shop'] });
    const { code, stdout, stderr } = await cli.run('doctor --namespace shop');
    expect(code).toBe(1);
    expect(stderr).toContain('No cluster is registered; this is the one of files that name none.');
    expect(stderr).toContain('create, patch deployments.apps in shop');
    expect(stdout).toContain('kind: Role');
    cli.clusters.findings.set('default', { reachable: false, detail: 'there is no kubeconfig' });
    expect((await cli.run('doctor --namespace shop')).code).toBe(1);
  });

  test('without clusters and without a namespace it says that none was looked at', async () => {
    const { code, stderr } = await cli.run('doctor');
    expect(code).toBe(0);
    expect(stderr).toContain('none was looked at; `sluice doctor --cluster default` looks at the one');
  });

  test('prints one document with --json', async () => {
    await cli.run('cluster add eu');
    cli.clusters.findings.set('eu', MISSING);
    const { code, document } = await cli.json('doctor');
    expect(code).toBe(1);
    expect(document).toMatchObject({ ok: false, controlPlane: { status: 'ok' }, clusters: [MISSING] });
  });

  test('a cluster that nobody knows is refused, and so is a control plane that is away', async () => {
    expect((await cli.run('doctor --cluster mars')).code).toBe(6);
    await cli.closeApi();
    expect((await cli.run('doctor')).code).toBe(5);
  });
});
