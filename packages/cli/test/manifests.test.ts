import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReleaseRequest } from '@sluice/protocol/http/requests.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
let asked: ReleaseRequest[];
beforeEach(async () => {
  cli = await testCli();
  asked = [];
  const { release } = cli.plane;
  cli.plane.release = (request, options) => {
    asked.push(request);
    return release.call(cli.plane, request, options);
  };
});
afterEach(() => cli.close());

const ROLLOUT = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web }
spec:
  replicas: 5
  revisionHistoryLimit: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [ { name: web, image: "registry.example.com/web:3", ports: [ { containerPort: 8080 } ] } ] }
  strategy:
    canary:
      steps: [ { setWeight: 20 }, { pause: { duration: 10m } }, { analysis: { templates: [ { templateName: errors } ] } } ]
`;
const ANALYSIS = `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - name: errors
      interval: 30s
      count: 4
      failureLimit: 1
      successCondition: result[0] < 0.05
      provider: { prometheus: { address: "http://prometheus:9090", query: sum(errors) } }
`;
const WORKER = `apiVersion: apps/v1
kind: Deployment
metadata: { name: worker, namespace: jobs }
spec:
  replicas: 2
  selector: { matchLabels: { app: worker } }
  template:
    metadata: { labels: { app: worker } }
    spec: { containers: [ { name: worker, image: "registry.example.com/worker:12" } ] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: stray }
`;
const written = (): Promise<string> => readFile(join(cli.folder, 'sluice.yaml'), 'utf8');

describe('sluice import', () => {
  test('says what files become, and writes a sluice.yaml that validate finds right', async () => {
    await cli.write('rollout.yaml', ROLLOUT);
    await cli.write('analysis.yaml', ANALYSIS);
    const { code, stdout } = await cli.run(
      'import -f rollout.yaml -f analysis.yaml --application shop --namespace shop --cluster eu',
    );
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('golden/import.txt');
    expect(await written()).toBe(`application: shop
target:
  kubernetes: { cluster: eu, namespace: shop }
components:
  web:
    manifests: ["rollout.yaml", "analysis.yaml"]
`);
    expect(await cli.run('validate')).toMatchObject({ code: 0 });
  });

  test('each workload is a component of its own, also of one file', async () => {
    await cli.write('all.yaml', `${ROLLOUT.replace(/, \{ analysis.* \}/, '')}---\n${WORKER}`);
    const { code, document } = await cli.json('import -f all.yaml -o k8s.yaml');
    expect(code).toBe(0);
    expect(document).toMatchObject({
      application: 'all',
      components: [
        {
          component: 'web',
          instances: 5,
          namespace: 'default',
          steps: expect.arrayContaining(['shift to 20%']),
        },
        { component: 'worker', instances: 2, namespace: 'jobs' },
      ],
      unused: ['ConfigMap stray (all.yaml)'],
    });
    expect(await cli.run('validate -f k8s.yaml')).toMatchObject({ code: 0 });
  });

  test('one workload gives its name to the application, and its namespace to the target', async () => {
    await cli.write('deployment.yaml', WORKER);
    expect((await cli.run('import -f deployment.yaml')).code).toBe(0);
    expect(await written()).toMatch(
      /^application: worker\ntarget:\n  kubernetes: \{ cluster: default, namespace: jobs \}\n/,
    );
    await cli.run('import -f deployment.yaml --application shop --namespace web -o other.yaml');
    expect(await readFile(join(cli.folder, 'other.yaml'), 'utf8')).toMatch(
      /^application: shop\ntarget:\n  kubernetes: \{ cluster: default, namespace: web \}\n/,
    );
  });

  test('overwrites nothing', async () => {
    await cli.write('rollout.yaml', WORKER);
    await cli.write('sluice.yaml', 'mine');
    const { code, stderr } = await cli.run('import -f rollout.yaml');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is there already') });
    expect(await written()).toBe('mine');
  });

  test('with DRY_RUN nothing is written', async () => {
    await cli.write('rollout.yaml', WORKER);
    const { stdout } = await cli.run('import -f rollout.yaml', { environment: { DRY_RUN: 'true' } });
    expect(stdout).toContain('It would write sluice.yaml.');
    await expect(written()).rejects.toThrow(/ENOENT/);
  });

  test.each([
    ['a field that nobody knows', `${ROLLOUT}      stpes: []\n`, 'rollout.yaml:14:1: Rollout web'],
    ['no YAML', 'a: [', 'rollout.yaml:1:1: This is not YAML'],
    ['an analysis that is not there', ROLLOUT, 'errors'],
    [
      'nothing to release',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n',
      'There is nothing to release',
    ],
  ])('%s is refused with its place, and nothing is written', async (_, text, words) => {
    await cli.write('rollout.yaml', text);
    const { code, stderr } = await cli.run('import -f rollout.yaml');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) });
    await expect(written()).rejects.toThrow(/ENOENT/);
  });

  test('a file that is not there, and names that are none, are refused', async () => {
    expect(await cli.run('import -f nowhere.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere.yaml cannot be read (ENOENT)'),
    });
    await cli.write('rollout.yaml', WORKER);
    expect(await cli.run('import -f rollout.yaml --application Shop')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--application is "Shop", which is no name'),
    });
  });
});

describe('manifests instead of a sluice.yaml', () => {
  test('are released as the application of their workload, from their own file', async () => {
    await cli.write('Web Shop.yaml', WORKER);
    expect(await cli.run('deploy -f "Web Shop.yaml" --version v3')).toMatchObject({ code: 0 });
    expect(asked).toMatchObject([
      { file: 'Web Shop.yaml (as sluice.yaml)', baseDirectory: cli.folder, version: 'v3' },
    ]);
    expect(asked[0]?.text).toBe(`application: worker
target:
  kubernetes: { cluster: default, namespace: jobs }
components:
  worker:
    manifests: ["Web Shop.yaml"]
`);
  });

  test('may be told application, cluster, namespace, environment and Prometheus', async () => {
    await cli.write('rollout.yaml', WORKER);
    const told =
      '--application shop --cluster context:eu --namespace s --env staging --prometheus http://p:9090';
    expect(await cli.run(`plan -f rollout.yaml ${told}`)).toMatchObject({ code: 0 });
    expect(asked[0]?.text).toBe(`application: shop
target:
  kubernetes: { cluster: "context:eu", namespace: s }
components:
  worker:
    manifests: ["rollout.yaml"]
    kubernetes: { metrics: { prometheus: "http://p:9090" } }
environments:
  staging: {}
`);
    await writeFile(join(cli.folder, 'sluice.yaml'), asked[0]?.text ?? '');
    expect(await cli.run('validate')).toMatchObject({ code: 0 });
  });

  test('are validated and rendered', async () => {
    await cli.write('rollout.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [DEPLOYMENT] }));
    const { code, stdout } = await cli.run('validate -f rollout.json');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('api: api in local.') });
    expect((await cli.run('render -f rollout.json')).stdout).toContain('image: registry.example.com/api:1');
  });

  test('may be several files, which are one application together', async () => {
    await cli.write('rollout.yaml', ROLLOUT);
    await cli.write('analysis.yaml', ANALYSIS);
    const named = '-f rollout.yaml -f analysis.yaml --application shop';
    for (const command of ['plan', 'deploy'])
      expect(await cli.run(`${command} ${named}`)).toMatchObject({ code: 0 });
    expect(asked.map(({ text }) => /manifests: .*/.exec(text)?.[0])).toEqual(
      Array(2).fill('manifests: ["rollout.yaml", "analysis.yaml"]'),
    );
    expect(await cli.run(`validate ${named}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('rollout.yaml, analysis.yaml (as sluice.yaml) is right'),
    });
    expect((await cli.run(`render ${named}`)).stdout).toContain('image: registry.example.com/web:3');
  });

  test('and a sluice.yaml together are refused, whichever is named first', async () => {
    await cli.write('rollout.yaml', WORKER);
    await cli.write('shop.yaml', 'application: shop\ncomponents: {}\n');
    for (const command of ['deploy', 'plan', 'validate', 'render'])
      for (const named of ['-f rollout.yaml -f shop.yaml', '-f shop.yaml -f rollout.yaml'])
        expect(await cli.run(`${command} ${named}`)).toMatchObject({
          code: 2,
          stderr: expect.stringContaining('shop.yaml is no file of manifests'),
        });
    expect(asked).toEqual([]);
  });

  test('with faults are refused at their places before anything is asked', async () => {
    await cli.write('rollout.yaml', `${ROLLOUT}      stpes: []\n`);
    for (const command of ['deploy', 'plan', 'validate', 'render'])
      expect(await cli.run(`${command} -f rollout.yaml`)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^✘ rollout\.yaml:14:1: .*stpes/),
      });
    expect(asked).toEqual([]);
  });

  test('on standard input are refused, because the control plane reads their file', async () => {
    const run = await cli.run('deploy -f -', { input: WORKER });
    expect(run).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('on standard input cannot be released'),
    });
  });

  test('options of manifests are refused beside a sluice.yaml', async () => {
    await cli.write('sluice.yaml', 'application: shop\ncomponents: {}\n');
    const run = await cli.run('deploy --cluster eu');
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('--cluster is of manifests') });
  });
});

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'api' } },
    template: {
      metadata: { labels: { app: 'api' } },
      spec: { containers: [{ name: 'api', image: 'registry.example.com/api:1' }] },
    },
  },
};
