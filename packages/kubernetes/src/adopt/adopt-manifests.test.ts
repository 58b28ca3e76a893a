import { expect, test } from 'vitest';
import { adoptManifests } from './adopt-manifests.ts';
import type { Adoption } from './adoption.ts';

const SETTINGS = {
  application: 'shop',
  environment: 'production',
  cluster: 'eu',
  namespace: 'shop',
  prometheus: null,
};
const pods = (name: string): string => `
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: ${name}, image: "registry.example.com/${name}:1" }] }`;
const deployment = (name: string, more = ''): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name}${more} }\nspec:${pods(name)}\n`;
const rollout = (name: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: ${name} }\nspec:
  strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } }${pods(name)}\n`;
const referring = (name: string, to: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: ${name} }\nspec:
  workloadRef: { apiVersion: apps/v1, kind: Deployment, name: ${to} }
  strategy: { canary: { steps: [{ setWeight: 20 }] } }\n`;
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n';

const adopt = (...texts: readonly string[]): Adoption =>
  adoptManifests(
    texts.map((text, index) => ({ file: `${index}.yaml`, text })),
    SETTINGS,
  );
const namesOf = (adoption: Adoption): readonly string[] =>
  adoption.ok
    ? adoption.application.components.map(({ name }) => name)
    : adoption.faults.map(({ message }) => message);

test('workloads of every tool become components of one application, and the rest is named', () => {
  const adoption = adopt(rollout('web'), `${deployment('api')}---\n${configMap}`);
  expect(namesOf(adoption)).toEqual(['web', 'api']);
  expect(adoption).toMatchObject({
    ok: true,
    application: { application: 'shop', environment: 'production' },
    unused: ['ConfigMap other (1.yaml)'],
  });
});

test('a Deployment that a Rollout refers to is no component of its own', () => {
  expect(namesOf(adopt(deployment('base'), referring('web', 'base')))).toEqual(['web']);
});

test('all faults of all files are told at once', () => {
  const adoption = adopt('a: [', 'kind: Service\n', rollout('web'));
  expect(adoption.ok ? [] : adoption.faults.map(({ file }) => file)).toEqual(['0.yaml', '1.yaml']);
  const broken = adopt(
    rollout('web').replace('setWeight: 20', 'setWeight: 200'),
    rollout('api').replace('pause', 'pose'),
  );
  expect(broken.ok ? [] : broken.faults.map(({ file }) => file)).toEqual(['0.yaml', '1.yaml', '1.yaml']);
});

test('the same object in two files is refused', () => {
  expect(namesOf(adopt(deployment('web'), deployment('web')))[0]).toMatch(/declared twice; first in 0.yaml/);
});

test('two workloads of one name cannot be one application', () => {
  expect(namesOf(adopt(rollout('web'), deployment('web')))[0]).toMatch(/Two workloads would be called web/);
  expect(namesOf(adopt(deployment('web'), deployment('web', ', namespace: other')))[0]).toMatch(
    /Two workloads would be called web/,
  );
});

test('a name that no component may have is refused with its line', () => {
  const adoption = adopt(deployment('web.v2'));
  expect(adoption.ok ? [] : adoption.faults).toMatchObject([
    { file: '0.yaml', line: 3, message: expect.stringMatching(/web\.v2 has another, so rename it/) },
  ]);
});

test('files without anything to release are refused with what is there', () => {
  expect(namesOf(adopt(configMap))[0]).toMatch(/nothing to release.*there is only ConfigMap/);
  expect(namesOf(adopt(''))[0]).toMatch(/nothing to release/);
  expect(namesOf(adopt())[0]).toMatch(/nothing to release/);
});

test('a workload of a version that is gone is told with its version', () => {
  const old = deployment('web').replace('apps/v1', 'extensions/v1beta1');
  expect(namesOf(adopt(old))[0]).toMatch(
    /there is only Deployment of extensions\/v1beta1, which is apps\/v1 today/,
  );
});

test('a kind of the same name in another group is none of ours', () => {
  expect(
    namesOf(adopt(rollout('web').replace('argoproj.io/v1alpha1', 'rollouts.kruise.io/v1beta1')))[0],
  ).toMatch(/nothing to release/);
  expect(namesOf(adopt(rollout('web').replace('v1alpha1', 'v2')))[0]).toMatch(
    /argoproj.io\/v2 is not a version of Rollout that is understood/,
  );
});
