import {
  array,
  assert as check,
  boolean,
  constantFrom,
  dictionary,
  integer,
  nat,
  option,
  property,
  record,
  string,
  stringMatching,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import type { KubernetesSettings } from '../settings/kubernetes-settings.ts';
import { renderRevision } from './render-revision.ts';
import { renderTrack } from './render-track.ts';
import type { RenderedRevision, RevisionOrder } from './rendered-revision.ts';
import { anyText } from './testing/any-text.ts';
import { objectCheck } from './testing/object-check.ts';
import { SAMPLE_CONTAINER, sampleRevision } from './testing/sample-revision.ts';

const AUTOSCALING: KubernetesSettings['autoscaling'] = {
  maxInstances: 20,
  cpuPercent: 70,
  memoryPercent: null,
  podMetrics: [],
  scaleUp: { stabilizationMs: 0, policies: [] },
  scaleDown: { stabilizationMs: 300_000, policies: [] },
};

const ofKind = (objects: readonly KubernetesObject[], kind: string): KubernetesObject | undefined =>
  objects.find((object) => object.kind === kind);

const rendered = (of: RenderedRevision, order: Partial<RevisionOrder> = {}): readonly KubernetesObject[] =>
  renderRevision(of, { instances: 4, generation: 1, ...order });

describe('the number of pods', () => {
  it('is the order, where no autoscaler owns it', () => {
    expect(ofKind(rendered(sampleRevision()), 'Deployment')?.spec?.['replicas']).toBe(4);
  });

  it('is left to the autoscaler where there is one', () => {
    const objects = rendered(sampleRevision({ autoscaling: AUTOSCALING }));
    expect(ofKind(objects, 'Deployment')?.spec).not.toHaveProperty('replicas');
    expect(ofKind(objects, 'HorizontalPodAutoscaler')?.spec).toMatchObject({
      minReplicas: 4,
      maxReplicas: 20,
    });
  });

  it('is none at an order of none, which no autoscaler could say', () => {
    const objects = rendered(sampleRevision({ autoscaling: AUTOSCALING }), { instances: 0 });
    expect(ofKind(objects, 'Deployment')?.spec?.['replicas']).toBe(0);
    expect(ofKind(objects, 'HorizontalPodAutoscaler')).toBeUndefined();
  });

  it.each([
    { instances: 1, min: 1, max: 3 },
    { instances: 2, min: 2, max: 5 },
    { instances: 8, min: 8, max: 20 },
    { instances: 12, min: 12, max: 20 },
    { instances: 30, min: 30, max: 30 },
  ])(
    'of $instances out of 8 may grow to their part of 20, and a load to no more than that: $max',
    ({ instances, min, max }) => {
      const of = sampleRevision({ autoscaling: AUTOSCALING }, { instances: 8 });
      const autoscaler = ofKind(rendered(of, { instances }), 'HorizontalPodAutoscaler');
      expect(autoscaler?.spec).toMatchObject({ minReplicas: min, maxReplicas: max });
    },
  );

  it('may never grow to fewer than were ordered', () => {
    const of = sampleRevision({ autoscaling: { ...AUTOSCALING, maxInstances: 2 } }, { instances: 8 });
    const autoscaler = ofKind(rendered(of, { instances: 8 }), 'HorizontalPodAutoscaler');
    expect(autoscaler?.spec).toMatchObject({ minReplicas: 8, maxReplicas: 8 });
  });
});

describe('the disruption budget', () => {
  it('is as the settings say', () => {
    expect(ofKind(rendered(sampleRevision()), 'PodDisruptionBudget')?.spec?.['maxUnavailable']).toBe('25%');
  });

  it.each(['0%', 0, '25%'])('never holds up the drain of a single instance, also at %s', (maxDisrupted) => {
    const budget = ofKind(
      rendered(sampleRevision({ maxDisrupted }), { instances: 1 }),
      'PodDisruptionBudget',
    );
    expect(budget?.spec?.['maxUnavailable']).toBe(1);
  });
});

describe('requests', () => {
  it.each([
    { said: { cpuMillis: 0, memoryBytes: 0 }, limit: { cpuMillis: 0, memoryBytes: 0 }, are: {} },
    {
      said: { cpuMillis: 0, memoryBytes: 0 },
      limit: { cpuMillis: 501, memoryBytes: 1024 },
      are: { requests: { cpu: '251m', memory: '512' }, limits: { cpu: '501m', memory: '1Ki' } },
    },
    {
      said: { cpuMillis: 100, memoryBytes: 0 },
      limit: { cpuMillis: 0, memoryBytes: 0 },
      are: { requests: { cpu: '100m' } },
    },
  ])('of $said at a limit of $limit', ({ said, limit, are }) => {
    const of = sampleRevision({ workload: { ...SAMPLE_CONTAINER, requests: said } }, { resources: limit });
    expect(ofKind(rendered(of), 'Deployment')?.spec).toMatchObject({
      template: { spec: { containers: [{ resources: are }] } },
    });
  });
});

describe('the vertical autoscaler', () => {
  const controlled = (autoscaling: KubernetesSettings['autoscaling']) =>
    ofKind(
      rendered(sampleRevision({ verticalAutoscaling: 'recreate', autoscaling })),
      'VerticalPodAutoscaler',
    )?.spec;

  it('leaves alone what the horizontal one scales by', () => {
    expect(controlled(AUTOSCALING)).toMatchObject({
      updatePolicy: { updateMode: 'Recreate' },
      resourcePolicy: { containerPolicies: [{ containerName: '*', controlledResources: ['memory'] }] },
    });
  });

  it('only recommends when nothing is left to it', () => {
    expect(controlled({ ...AUTOSCALING, memoryPercent: 80 })).toMatchObject({
      updatePolicy: { updateMode: 'Off' },
    });
  });

  it('knows that an autoscaler without a measure goes by processor use', () => {
    expect(controlled({ ...AUTOSCALING, cpuPercent: null })).toHaveProperty('resourcePolicy');
    expect(controlled(null)).not.toHaveProperty('resourcePolicy');
  });
});

describe('orders', () => {
  it('of another generation change annotations of the objects and nothing of the pods', () => {
    const [one, other] = [1, 2].map((generation) =>
      ofKind(rendered(sampleRevision(), { generation }), 'Deployment'),
    );
    expect(one?.metadata.annotations).not.toEqual(other?.metadata.annotations);
    expect(one?.spec).toEqual(other?.spec);
  });

  it('are applied so that pods find what they read, and an autoscaler finds its pods', () => {
    const of = sampleRevision(
      {
        autoscaling: AUTOSCALING,
        verticalAutoscaling: 'off',
        workload: { ...SAMPLE_CONTAINER, files: { '/etc/a': 'a' } },
      },
      { secrets: { KEY: { from: 'environment', name: 'KEY' } } },
    );
    expect(rendered(of, { secretData: { KEY: 'x' } }).map(({ kind }) => kind)).toEqual([
      'ConfigMap',
      'Secret',
      'PodDisruptionBudget',
      'Service',
      'Deployment',
      'HorizontalPodAutoscaler',
      'VerticalPodAutoscaler',
    ]);
  });

  it('with other values of secrets make another Secret, because the first is immutable', () => {
    const of = sampleRevision({}, { secrets: { KEY: { from: 'environment', name: 'KEY' } } });
    const names = ['aaaa', 'bbbb'].map(
      (secretDigest) =>
        ofKind(rendered(of, { secretData: { KEY: 'x' }, secretDigest }), 'Secret')?.metadata.name,
    );
    expect(new Set(names).size).toBe(2);
  });

  it('without values of secrets refer to the Secret and do not render it', () => {
    const of = sampleRevision({}, { secrets: { KEY: { from: 'environment', name: 'KEY' } } });
    expect(ofKind(rendered(of), 'Secret')).toBeUndefined();
    expect(JSON.stringify(rendered(of))).toContain(
      '"secretKeyRef":{"name":"shop-production-web-5e1f0c9a7b42-secrets"',
    );
  });
});

const folder = stringMatching(/^(\/[a-z]{1,3}){1,3}$/);
const variable = stringMatching(/^[A-Z_]{1,6}$/);
const SECRET = 'hunter2-😀-';

const anyWorkload = record({
  port: integer({ min: 1, max: 65_535 }),
  livenessPath: option(constantFrom('/live')),
  files: dictionary(folder, anyText, { noNullPrototype: true }),
  writableFolders: array(folder),
  pullSecrets: array(constantFrom('one', 'two')),
  placement: record({
    nodeSelector: constantFrom({}, { 'kubernetes.io/arch': 'arm64' }),
    tolerations: constantFrom([], [{ operator: 'Exists' }]),
    priorityClass: option(constantFrom('high')),
    spreadOver: array(constantFrom('zone', 'node')),
    antiAffinity: constantFrom('none' as const, 'preferred' as const, 'required' as const),
  }),
  security: record({
    user: option(nat(65_535)),
    allowRoot: boolean(),
    writableRoot: boolean(),
    capabilities: array(constantFrom('NET_BIND_SERVICE', 'SYS_ADMIN')),
  }),
});

const anySettings = record({
  autoscaling: option(
    record({
      maxInstances: integer({ min: 1, max: 500 }),
      cpuPercent: option(integer({ min: 1, max: 100 })),
      memoryPercent: option(integer({ min: 1, max: 100 })),
      podMetrics: array(record({ name: constantFrom('queue', 'lag'), average: constantFrom('30', '500m') })),
      scaleUp: record({ stabilizationMs: nat(3_600_000), policies: array(anyPolicy()) }),
      scaleDown: record({ stabilizationMs: nat(3_600_000), policies: array(anyPolicy()) }),
    }),
  ),
  verticalAutoscaling: constantFrom(null, 'off' as const, 'initial' as const, 'recreate' as const),
  maxDisrupted: constantFrom(null, 0, 1, '25%'),
  network: option(
    record({ from: constantFrom([], [{ podSelector: {} }]), to: constantFrom(null, [], [{ to: [] }]) }),
  ),
  monitor: option(
    record({
      path: constantFrom('/metrics'),
      port: constantFrom(0, 8080, 9090),
      intervalMs: integer({ min: 1, max: 600_000 }),
      labels: constantFrom({}, { release: 'p', 'sluice.dev/track': 'forged' }),
    }),
  ),
  labels: constantFrom(
    {},
    { team: 'a', 'sluice.dev/revision': 'forged', 'app.kubernetes.io/managed-by': 'forged' },
  ),
  annotations: constantFrom({}, { note: 'x', 'sluice.dev/generation': 'forged' }),
});

function anyPolicy() {
  return record({
    type: constantFrom('Pods' as const, 'Percent' as const),
    value: integer({ min: 1, max: 100 }),
    periodMs: integer({ min: 1, max: 1_800_000 }),
  });
}

describe('whatever the settings', () => {
  const faults = objectCheck();
  const everything = property(
    anyWorkload,
    anySettings,
    dictionary(variable, string(), { noNullPrototype: true }),
    array(variable),
    nat(20),
    (workload, settings, env, secrets, instances) => {
      const of = sampleRevision(
        { ...settings, workload: { ...SAMPLE_CONTAINER, ...workload } },
        {
          env,
          secrets: Object.fromEntries(secrets.map((name) => [name, { from: 'environment', name }])),
        },
      );
      const secretData = Object.fromEntries(secrets.map((name) => [name, SECRET + name]));
      const objects = [
        ...renderTrack(of, { generation: 7 }),
        ...renderRevision(of, { instances, generation: 7, secretData }),
      ];
      expect(objects.flatMap(faults)).toEqual([]);
      expect(JSON.parse(JSON.stringify(objects))).toStrictEqual(objects);
      expect(new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(
        objects.length,
      );
      expect(JSON.stringify(objects.filter(({ kind }) => kind !== 'Secret'))).not.toContain(SECRET);
      expect(JSON.stringify(objects.map(({ metadata, spec }) => ({ metadata, spec })))).not.toContain(
        'forged',
      );
    },
  );

  it('objects are valid, named once, the same after a round trip; secrets stay in Secrets and our marks ours', () => {
    check(everything, { numRuns: 200 });
  });
});
