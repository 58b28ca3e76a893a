import { afterAll, expect, it } from 'vitest';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { Policy } from '@sluice/core/policy/policy.ts';
import { examiningGate } from './examining-gate.ts';
import { readPolicies } from './files/read-policies.ts';
import { starterText } from './starter-policies.ts';
import { policyExaminer } from './thread/policy-examiner.ts';

const examiner = policyExaminer();
afterAll(() => examiner.close());

async function starter(params: Readonly<Record<string, object>> = {}): Promise<readonly Policy[]> {
  const read = readPolicies(await starterText(), 'starter.yaml');
  expect(read).toMatchObject({ ok: true });
  if (!read.ok) return [];
  return read.policies.map((policy) => ({
    ...policy,
    bindings: policy.bindings.map((binding) => ({
      ...binding,
      params: { ...binding.params, ...params[policy.name] },
    })),
  }));
}

const DIGEST = `registry.example.com/shop/web@sha256:${'a'.repeat(64)}`;
const GOOD = {
  image: DIGEST,
  resources: { requests: { cpu: '100m' }, limits: { memory: '64Mi' } },
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false },
};

function deployment(
  container: object,
  pod: object = {},
  annotations: Record<string, string> = {},
): KubernetesObject {
  const labels = { 'app.kubernetes.io/name': 'web', 'app.kubernetes.io/part-of': 'shop' };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', labels } },
    spec: {
      template: {
        metadata: { labels, annotations },
        spec: { containers: [{ name: 'web', ...GOOD, ...container }], ...pod },
      },
    },
  } as unknown as KubernetesObject;
}

async function findings(object: KubernetesObject, params: Readonly<Record<string, object>> = {}) {
  const place = { application: 'shop', environment: 'production', by: 'ada' };
  const policies = await starter(params);
  const outcomes = await examiningGate({ inForce: async () => [], examiner }).judgeObjects({
    ...place,
    objects: [object],
    policies,
  });
  return outcomes.flatMap(({ policy, findings: found }) =>
    found.map(
      ({ kind, object: of, message }) => `${policy.replace('starter.', '')} ${kind} ${of}: ${message}`,
    ),
  );
}

it('lets through what keeps to everything', async () => {
  expect(await findings(deployment({}))).toEqual([]);
});

it('says of each thing that is wrong what to do', async () => {
  const bad = deployment(
    { image: 'web', resources: {}, securityContext: { privileged: true, runAsUser: 0 } },
    { hostNetwork: true, volumes: [{ name: 'sock', hostPath: { path: '/run' } }] },
  );
  await expect((await findings(bad)).join('\n')).toMatchFileSnapshot('goldens/starter-findings.golden.txt');
});

const ALLOWED = { 'starter.allowed-registries': { registries: ['registry.example.com/'] } };
it.each([
  [DIGEST, true],
  ['registry.example.com.evil.io/web:1', false],
  ['web:1', false],
  ['shop/web:1', false],
])('with registries that are allowed, %s is: %s', async (image, allowed) => {
  expect((await findings(deployment({ image }), ALLOWED)).length).toBe(allowed ? 0 : 1);
});

const SIGNED = 'sluice.dev/verified-images';
it('wants each image in the evidence of signatures, where there is any or it is required', async () => {
  expect(await findings(deployment({}, {}, { [SIGNED]: `other, ${DIGEST}` }))).toEqual([]);
  expect(await findings(deployment({}, {}, { [SIGNED]: 'other' }))).toEqual([
    expect.stringContaining('signed-images broken Pod shop/web-pod: without a verified signature'),
  ]);
  expect((await findings(deployment({}), { 'starter.signed-images': { required: true } })).length).toBe(1);
});
