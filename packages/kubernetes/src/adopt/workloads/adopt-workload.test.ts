import { describe, expect, test } from 'vitest';
import { documentsOf, sampleFile, SETTINGS } from '../flagger/testing/adopt-sample.ts';
import { printAdoption } from '../flagger/testing/print-adoption.ts';
import { adoptWorkload } from './adopt-workload.ts';

const here = new URL('./', import.meta.url);
const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];

function adoptText(text: string, settings = SETTINGS) {
  const documents = documentsOf({ text, file: 'web.yaml' });
  const workload = documents.find(({ object }) => WORKLOADS.includes(object.kind));
  if (!workload) throw new TypeError('there is no workload in the text');
  return adoptWorkload(workload, documents, settings);
}

/** A Deployment of one container, with more of its spec and more documents. */
const deployment = (spec = '', container = '', more = ''): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: "web:1" ${container} }]
${spec}
${more}`;

const faultsOf = (text: string): readonly string[] => {
  const adoption = adoptText(text);
  return adoption.ok ? [] : adoption.faults.map(({ line, path, message }) => `${line} ${path}: ${message}`);
};

describe('a plain workload reads in Sluice as in its golden file', () => {
  test.each(['web-with-routes', 'worker-without-routes', 'database', 'agent', 'singleton'])(
    '%s',
    async (name) => {
      const { text } = sampleFile(here, name);
      await expect(printAdoption(adoptText(text))).toMatchFileSnapshot(`goldens/${name}.golden.txt`);
    },
  );
});

test.each([
  'resources: null',
  'resources: { requests: null, limits: { cpu: 1 } }',
  'resources: { requests: { cpu: null }, limits: { cpu: 1 } }',
  'resources: { requests: { cpu: 1 } }',
  'resources: { requests: { cpu: 1, memory: 1Gi }, limits: { cpu: 1000m, memory: 1024Mi } }',
])('%s is taken', (resources) => {
  expect(faultsOf(deployment('', `, ${resources}`))).toEqual([]);
});

test('an autoscaler of KEDA over the workload is refused, and one over another is not', () => {
  const scaled = (name: string) =>
    deployment(
      '',
      '',
      `---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: s }\nspec: { scaleTargetRef: { name: ${name} } }`,
    );
  expect(faultsOf(scaled('web'))).toEqual([
    expect.stringMatching(
      /^16 ScaledObject s: spec.scaleTargetRef: It scales Deployment web\. Sluice has no autoscaling by KEDA\. .* fixed number of pods/,
    ),
  ]);
  expect(faultsOf(scaled('other'))).toEqual([]);
});

describe('what cannot be adopted is refused with its place', () => {
  test.each([
    [
      'a version of the API that is gone',
      deployment().replace('apps/v1', 'apps/v1beta1'),
      '2 Deployment web: apiVersion: apps/v1beta1 is not a version of Deployment that is understood; apps/v1 is.',
    ],
    [
      'more that is requested than the limit allows',
      deployment(
        '',
        ', resources: { requests: { cpu: 2, memory: 64Mi }, limits: { cpu: 1500m, memory: 1G } }',
      ),
      '10 Deployment web: spec.template.spec.containers[0].resources.requests.cpu: 2 is requested and the limit is 1500m; the API server refuses pods that request more than their limit.',
    ],
    [
      'a container without an image',
      deployment().replace(', image: "web:1"', ''),
      '10 Deployment web: spec.template.spec.containers[0]: `image` is missing.',
    ],
    [
      'a key that is misspelt',
      deployment('  replica: 3'),
      '11 Deployment web: spec.replica: There is no key `replica` here; did you mean `replicas`?',
    ],
    [
      'a value of the wrong kind',
      deployment('  replicas: "3"'),
      '11 Deployment web: spec.replicas: A whole number from 0 to 2147483647 was expected, not `3`.',
    ],
    [
      'no replicas at all',
      deployment('  replicas: 0'),
      '11 Deployment web: spec.replicas: There is nothing to release at 0 replicas; write at least 1.',
    ],
    [
      'a probe whose times are texts',
      deployment('', ', readinessProbe: { periodSeconds: 10s }'),
      '10 Deployment web: spec.template.spec.containers[0].readinessProbe.periodSeconds: A whole number was expected, not `10s`.',
    ],
    [
      'a surge that is neither a number nor a share',
      deployment('  strategy: { rollingUpdate: { maxSurge: a few } }'),
      '11 Deployment web: spec.strategy.rollingUpdate.maxSurge: A number of pods or a share such as 25% was expected.',
    ],
    [
      'an annotation that asks for something unknown',
      deployment().replace('{ name: web }', '{ name: web, annotations: { sluice.dev/adopt: inplace } }'),
      '4 Deployment web: metadata.annotations.sluice.dev/adopt: The only value of sluice.dev/adopt is in-place.',
    ],
    [
      'a Service whose port no container has',
      deployment(
        '',
        '',
        '---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }',
      ),
      '16 Service web: spec.ports[0].targetPort: No container declares a port named http.',
    ],
  ])('%s', (_, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  test.each([
    ['type: LoadBalancer', 'would take its address outside the cluster away'],
    ['clusterIP: None', 'A headless Service cannot follow a split'],
  ])('a Service of %s, which Sluice’s are not', (field, message) => {
    const service = `---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80 }], ${field} }`;
    expect(faultsOf(deployment('', '', service))[0]).toContain(message);
    expect(faultsOf(deployment('', '', service).replace('kind: Deployment', 'kind: StatefulSet'))).toEqual(
      [],
    );
  });

  test('an autoscaler that goes by what Sluice’s own cannot measure, rather than a workload that stops growing', () => {
    const scaler = (metric: string, behavior = '{}'): string =>
      deployment(
        '',
        '',
        `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { kind: Deployment, name: web }
  maxReplicas: 4
  behavior: ${behavior}
  metrics: [${metric}]`,
      );
    const cpu =
      '{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } }';
    expect(faultsOf(scaler(cpu))).toEqual([]);
    expect(faultsOf(scaler('{ type: External, external: {} }'))[0]).toContain('no autoscaling by External');
    expect(
      faultsOf(
        scaler(
          '{ type: Resource, resource: { name: cpu, target: { type: AverageValue, averageValue: 1 } } }',
        ),
      )[0],
    ).toContain('in per cent of the request');
    expect(faultsOf(scaler(cpu, '{ scaleDown: { selectPolicy: Disabled } }'))[0]).toContain(
      'Disabled cannot be kept',
    );
  });

  test('a DaemonSet that does not say how many pods it has', () => {
    const text = deployment().replace('kind: Deployment', 'kind: DaemonSet');
    expect(faultsOf(text)[0]).toContain('Annotate it with sluice.dev/instances: "<number>"');
  });

  test('an autoscaled StatefulSet, whose number of pods would change under its partition', () => {
    const scaler =
      '---\napiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: { name: web }\nspec: { scaleTargetRef: { kind: StatefulSet, name: web }, maxReplicas: 4 }';
    const text = deployment('', '', scaler).replace('kind: Deployment', 'kind: StatefulSet');
    expect(faultsOf(text)[0]).toContain('cannot adopt one that is autoscaled');
  });
});

test('a Deployment behind a mesh whose figures are known is judged by them, and without them by readiness alone', () => {
  const route =
    '---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: web }\nspec: { hosts: [web], http: [{ route: [{ destination: { host: web } }] }] }';
  const known = adoptText(deployment('', '', route));
  const unknown = adoptText(deployment('', '', route), { ...SETTINGS, prometheus: null });
  expect(known.ok && known.component.strategy.analysis.traffic).toBe('counted');
  expect(unknown.ok && unknown.component.strategy.analysis.traffic).toBe('uncounted');
  expect(known.ok && known.component.strategy.kind).toBe('canary');
});

test('values of Secrets never become part of a component, not even when the Secret is among the files', () => {
  const secret =
    '---\napiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { token: hunter2 }';
  const adoption = adoptText(deployment('', ', envFrom: [{ secretRef: { name: keys } }]', secret));
  expect(adoption.ok).toBe(true);
  expect(JSON.stringify(adoption)).not.toContain('hunter2');
});

test('quantities and ports are read as Kubernetes reads them', () => {
  const adoption = adoptText(
    deployment(
      '',
      ', ports: [{ containerPort: 8443, name: tls }], resources: { limits: { cpu: 0.5, memory: 1.5Gi } }',
    ),
  );
  expect(adoption.ok && adoption.component.resources).toEqual({ cpuMillis: 500, memoryBytes: 1_610_612_736 });
  expect(adoption.ok && adoption.component.workload).toMatchObject({
    settings: { workload: { port: 8443 } },
  });
});
