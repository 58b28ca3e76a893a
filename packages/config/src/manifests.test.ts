import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { componentOf, componentsOf, messagesOf, outcomeOf } from '../test/parsed-file.ts';
import { formatDiagnostics } from './diagnostics/format-diagnostics.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: worker }
spec:
  replicas: 4
  selector: { matchLabels: { app: worker } }
  template:
    metadata: { labels: { app: worker } }
    spec: { containers: [ { name: worker, image: "registry.example.com/worker:12" } ] }
`;
const ROLLOUT = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web }
spec:
  replicas: 5
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [ { name: web, image: "registry.example.com/web:3", ports: [ { containerPort: 8080 } ] } ] }
  strategy:
    canary:
      steps: [ { setWeight: 20 }, { pause: { duration: 10m } } ]
`;
const MANIFESTS = {
  'deployment.yaml': DEPLOYMENT,
  'rollout.yaml': ROLLOUT,
  'broken.yaml': `${ROLLOUT}      stpes: []\n`,
  'unused.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: stray }\n',
};
for (const [name, text] of Object.entries(MANIFESTS)) writeFileSync(join(folder, name), text);

const options = { baseDirectory: folder, file: 'deploy/sluice.yaml', checkFiles: true };
const file = (keys: string, rest = ''): string =>
  `application: shop\ntarget: kubernetes\ncomponents:\n  shop: { ${keys} }\n${rest}`;

describe('a component with manifests', () => {
  it('has the workload and the strategy of a Rollout, under the name of the file', () => {
    const component = componentOf(file('manifests: [ rollout.yaml ]'), options);
    expect(component).toMatchObject({ name: 'shop', instances: 5, strategy: { kind: 'steps' } });
    expect(kubernetesSettings(component)).toMatchObject({
      namespace: 'default',
      workload: { kind: 'template', port: 8080 },
    });
  });

  it('is taken once per cluster, each with its own namespace', () => {
    const components = componentsOf(
      file(
        'manifests: [ deployment.yaml ], target: [ { kubernetes: { cluster: eu, namespace: a } }, { kubernetes: { cluster: us } } ], kubernetes: { namespace: b }',
      ),
      options,
    );
    expect(components.map((one) => [one.name, kubernetesSettings(one).namespace])).toEqual([
      ['shop.eu', 'a'],
      ['shop.us', 'b'],
    ]);
  });

  it('has the strategy that the file gives it, but not that of defaults', () => {
    const strategyOf = (keys: string, rest = ''): string =>
      componentOf(file(`manifests: [ rollout.yaml ], ${keys}`, rest), options).strategy.kind;
    expect(strategyOf('strategy: blue-green')).toBe('blue-green');
    expect(strategyOf('strategy: { rolling: { batches: 5 } }')).toBe('rolling');
    expect(strategyOf('', 'environments: { production: { strategy: immutable } }')).toBe('immutable');
    expect(strategyOf('', 'defaults: { strategy: immutable }')).toBe('steps');
  });

  it('is counted by the Prometheus that the file names', () => {
    const component = componentOf(
      file(
        'manifests: [ rollout.yaml ], strategy: canary, kubernetes: { metrics: { prometheus: "http://p", tick: 5s } }',
      ),
      options,
    );
    expect(component.strategy.analysis.traffic).toBe('counted');
    expect(kubernetesSettings(component).metrics).toMatchObject({ address: 'http://p', tickMs: 5000 });
  });

  it('is left out where files are not looked at', () => {
    expect(componentsOf(file('manifests: [ rollout.yaml ]'), { baseDirectory: folder })).toEqual([]);
  });

  it('says what Sluice does otherwise, with file and line, as warnings', () => {
    const outcome = outcomeOf(file('manifests: [ rollout.yaml, unused.yaml ]'), options);
    const warnings = outcome.ok ? outcome.warnings : [];
    expect(warnings[0]?.message).toBe(
      'components.shop.manifests hold ConfigMap stray (deploy/unused.yaml), which nothing uses',
    );
    const others = warnings.slice(1);
    expect(others.length).toBeGreaterThan(0);
    for (const { file: named, line, path } of others) {
      expect(named).toBe('deploy/rollout.yaml');
      expect(line).toBeLessThanOrEqual(ROLLOUT.split('\n').length);
      expect(path).toContain('Rollout web');
    }
  });
});

describe('manifests with several workloads', () => {
  it('give each component the one that is called like it', () => {
    const both = 'manifests: [ rollout.yaml, deployment.yaml ]';
    const text = `application: shop\ntarget: kubernetes\ncomponents:\n  web: { ${both} }\n  worker: { ${both} }\n`;
    const outcome = outcomeOf(text, options);
    expect(
      outcome.ok && outcome.application.components.map(({ name, instances }) => [name, instances]),
    ).toEqual([
      ['web', 5],
      ['worker', 4],
    ]);
    const warnings = outcome.ok ? outcome.warnings.map(({ message }) => message) : [];
    expect(new Set(warnings).size).toBe(warnings.length);
  });
});

describe('manifests that cannot be taken', () => {
  it('are told with their own file and line, without a line of another file', () => {
    const outcome = outcomeOf(file('manifests: [ broken.yaml ]'), options);
    const diagnostics = outcome.ok ? [] : outcome.diagnostics;
    expect(diagnostics.map((one) => `${one.file}:${one.line}`)).toEqual(['deploy/broken.yaml:13']);
    expect(formatDiagnostics(diagnostics, file(''))).toMatch(
      /^deploy\/broken\.yaml:13:1: Rollout web: .*stpes.*\n$/,
    );
  });

  it.each([
    [
      '[ nowhere.yaml ]',
      '4:24 components.shop.manifests[0] names the file "nowhere.yaml", which does not exist',
    ],
    [
      '[ rollout.yaml, deployment.yaml ]',
      '4:11 components.shop.manifests hold 2 workloads, web and worker; give each a component of its own, which is called like it',
    ],
    ['[]', '4:22 components.shop.manifests must not be an empty list'],
  ])('manifests: %s', (written, message) => {
    expect(messagesOf(file(`manifests: ${written}`), options)).toEqual([message]);
  });

  it('what they say themselves is not said beside them', () => {
    const keys =
      'manifests: [ rollout.yaml ], instances: 3, health: /, env: { A: b }, user: { cookie: c }, kubernetes: { namespace: n, autoscale: { max: 3 } }';
    expect(messagesOf(file(keys), options).map((message) => message.replace(/^\S+ /, ''))).toEqual([
      'components.shop.instances is said in the manifests of the component; change it there',
      'components.shop.health is said in the manifests of the component; change it there',
      'components.shop.env is said in the manifests of the component; change it there',
      'components.shop.kubernetes.autoscale is said in the manifests of the component; change it there',
    ]);
  });

  it('a machine runs none', () => {
    const text = 'application: a\ncomponents: { web: { manifests: [ rollout.yaml ] } }';
    expect(messagesOf(text, options)).toEqual([
      '2:22 components.web.manifests goes with target kubernetes, but component web runs on a machine in local; write "target: kubernetes", or run instead',
    ]);
  });
});

describe('manifests that several components and clusters share', () => {
  const clusters = '[ { kubernetes: { cluster: eu } }, { kubernetes: { cluster: us } } ]';
  const shared = (keys: string): string =>
    `application: shop\ntarget: ${clusters}\ncomponents: { web: { ${keys} }, worker: { ${keys} } }\n`;

  it('say what is wrong with them once', () => {
    const messages = messagesOf(shared('manifests: [ broken.yaml ]'), options);
    expect(messages).toEqual([expect.stringContaining('stpes')]);
  });

  it('say what differs once, and name the other places', () => {
    const outcome = outcomeOf(shared('manifests: [ rollout.yaml, deployment.yaml, unused.yaml ]'), options);
    const warnings = outcome.ok ? outcome.warnings.map(({ message }) => message) : [];
    expect(warnings.filter((message) => message.includes('ConfigMap stray'))).toHaveLength(1);
    expect(new Set(warnings).size).toBe(warnings.length);
    expect(warnings.length).toBeGreaterThan(3);
  });
});
