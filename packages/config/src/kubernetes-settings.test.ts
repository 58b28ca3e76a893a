import type { ContainerSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { describe, expect, it } from 'vitest';
import {
  componentOf,
  containerOf,
  kubernetesBlock,
  kubernetesFile,
  messagesOf,
  settingsOf,
} from '../test/parsed-file.ts';

describe('a component on Kubernetes that says little', () => {
  it('is one container on port 8080 behind a plain Service, fit for production', () => {
    expect(settingsOf('application: a\ntarget: kubernetes\ncomponents: { web: { image: web } }')).toEqual({
      namespace: 'default',
      workload: {
        kind: 'container',
        image: 'web',
        pullPolicy: 'IfNotPresent',
        command: [],
        args: [],
        port: 8080,
        requests: { cpuMillis: 0, memoryBytes: 0 },
        livenessPath: null,
        files: {},
        writableFolders: [],
        secretKeys: {},
        pullSecrets: [],
        security: { user: null, allowRoot: false, writableRoot: false, capabilities: [] },
        placement: {
          nodeSelector: {},
          tolerations: [],
          priorityClass: null,
          spreadOver: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
          antiAffinity: 'preferred',
        },
      },
      serviceAccount: null,
      autoscaling: null,
      verticalAutoscaling: null,
      maxDisrupted: '25%',
      network: null,
      monitor: null,
      routers: [{ kind: 'service' }],
      metrics: null,
      limits: null,
      labels: {},
      annotations: {},
    });
  });

  it('nobody counts its requests until it says where metrics are', () => {
    expect(componentOf(kubernetesFile('')).strategy.analysis.traffic).toBe('uncounted');
    const counted = componentOf(kubernetesBlock('metrics: { prometheus: "http://p:9090/" }'));
    expect(counted.strategy.analysis.traffic).toBe('counted');
    expect(componentOf('application: a\ncomponents: { web: { run: x } }').strategy.analysis.traffic).toBe(
      'counted',
    );
  });
});

describe('the block kubernetes', () => {
  it('is laid over layer by layer: its keys and those below them one by one, what is deeper as a whole', () => {
    const text = `application: shop
target: kubernetes
defaults:
  kubernetes:
    labels: { team: shop, tier: back }
    metrics: { prometheus: "http://defaults", tick: 15s, headers: { A: a } }
    router: { istio: { gateways: a } }
    spread: [ zone ]
components:
  web:
    image: web:1
    kubernetes: { labels: { tier: front }, namespace: shop, spread: [ node ] }
environments:
  production:
    kubernetes: { metrics: { prometheus: "http://production", headers: { B: b } }, labels: { tier: edge } }
    components:
      web: { kubernetes: { router: service, metrics: { tick: 1m } } }`;
    const settings = settingsOf(text);
    expect(settings).toMatchObject({ namespace: 'shop', routers: [{ kind: 'service' }] });
    expect(settings.labels).toEqual({ team: 'shop', tier: 'front' });
    expect(settings.metrics).toMatchObject({
      address: 'http://production',
      tickMs: 60_000,
      headers: { b: { value: 'b' } },
    });
    expect((settings.workload as ContainerSettings).placement.spreadOver).toEqual(['kubernetes.io/hostname']);
  });

  it('the namespace of a target stands over that of defaults', () => {
    const text = kubernetesFile('target: { kubernetes: { namespace: target } }');
    expect(settingsOf(`${text}\ndefaults: { kubernetes: { namespace: block } }\n`).namespace).toBe('target');
  });

  it.each([
    ['service', [{ kind: 'service' }]],
    [
      '{ gateway-api: { parents: infra/public, route: GRPCRoute, session-cookie: s, timeout: 3s } }',
      [
        {
          kind: 'gateway-api',
          route: 'GRPCRoute',
          name: null,
          parents: [{ kind: 'Gateway', name: 'public', namespace: 'infra', section: null }],
          sessionCookie: 's',
          timeoutMs: 3000,
        },
      ],
    ],
    [
      '[ { gateway-api: { name: web } }, { gateway-api: { parents: [ { service: web, section: http } ] } } ]',
      'is gateway-api a second time',
    ],
    [
      '{ gateway-api: { parents: [ { service: web, section: http }, { gateway: b } ] } }',
      [
        {
          parents: [
            { kind: 'Service', name: 'web', namespace: null, section: 'http' },
            { kind: 'Gateway', name: 'b', namespace: null, section: null },
          ],
        },
      ],
    ],
    [
      'istio',
      [
        {
          kind: 'istio',
          virtualService: null,
          gateways: ['mesh'],
          hosts: [],
          timeoutMs: null,
          retries: null,
          fault: null,
          mutualTls: null,
          allow: null,
        },
      ],
    ],
    [
      '{ istio: { virtual-service: web, retries: { attempts: 2 }, allow: [] } }',
      [
        {
          virtualService: { name: 'web', routes: [] },
          retries: { attempts: 2, perTryTimeoutMs: 2000 },
          allow: [],
        },
      ],
    ],
    [
      '{ istio: { outlier-detection: { consecutive5xxErrors: 5, interval: 30s }, gateways: [ a/b, mesh ] } }',
      [{ outlierDetection: { consecutive5xxErrors: 5, interval: '30s' }, gateways: ['a/b', 'mesh'] }],
    ],
  ])('router: %s', (written, expected) => {
    const text = kubernetesBlock(`router: ${written}`);
    if (typeof expected === 'string') expect(messagesOf(text).join()).toContain(expected);
    else expect(settingsOf(text).routers).toMatchObject(expected);
  });

  it('routers take host and timeout from the component', () => {
    const { routers } = settingsOf(
      kubernetesFile(
        'route: shop.example.com/a, timeout: 7s, kubernetes: { router: [ { gateway-api: { parents: a } }, istio ] }',
      ),
    );
    expect(routers).toMatchObject([{ timeoutMs: 7000 }, { timeoutMs: 7000, hosts: ['shop.example.com'] }]);
  });

  it.each([
    ['', { kind: 'application', requests: 'http_requests_total', statusLabel: 'code', podLabel: 'pod' }],
    ['source: linkerd,', { kind: 'linkerd' }],
    [
      'source: { application: { requests: r, latency: none } },',
      { kind: 'application', requests: 'r', latency: null },
    ],
    [
      'source: { queries: { requests: r, errors: e } },',
      { kind: 'queries', requests: 'r', errors: 'e', latency: null },
    ],
  ])('metrics: %s', (keys, source) => {
    expect(
      settingsOf(kubernetesBlock(`metrics: { ${keys} prometheus: "http://p" }`)).metrics?.source,
    ).toMatchObject(source);
  });

  it('where a mesh is the router, its metrics are read', () => {
    const { metrics } = settingsOf(kubernetesBlock('router: istio, metrics: { prometheus: "http://p" }'));
    expect(metrics).toMatchObject({ source: { kind: 'istio' }, tickMs: 30_000, delayMs: 10_000, tls: null });
  });

  it('files with which metrics are read are relative to the folder of the file', () => {
    const { metrics } = settingsOf(
      kubernetesBlock(
        'metrics: { prometheus: "http://p", headers: { Authorization: { file: token }, X-Scope: { environment: SCOPE } }, tls: { ca: ca.pem } }',
      ),
    );
    expect(metrics).toMatchObject({
      headers: { authorization: { file: '/srv/app/token' }, 'x-scope': { environment: 'SCOPE' } },
      tls: { caFile: '/srv/app/ca.pem', certFile: null, keyFile: null, insecure: false },
    });
  });

  it.each([
    ['max: 5', { maxInstances: 5, cpuPercent: 70, memoryPercent: null, podMetrics: [] }],
    ['max: 5, memory: 80%', { cpuPercent: null, memoryPercent: 80 }],
    [
      'max: 5, metrics: { queue: 1.5, depth: 30k }, scale-down: { policies: [ { pods: 1, period: 1m }, { percent: 10%, period: 5m } ] }',
      {
        cpuPercent: null,
        podMetrics: [
          { name: 'queue', average: '1.5' },
          { name: 'depth', average: '30k' },
        ],
        scaleUp: { stabilizationMs: 0, policies: [] },
        scaleDown: {
          stabilizationMs: 300_000,
          policies: [
            { type: 'Pods', value: 1, periodMs: 60_000 },
            { type: 'Percent', value: 10, periodMs: 300_000 },
          ],
        },
      },
    ],
  ])('autoscale: { %s }', (written, expected) => {
    expect(settingsOf(kubernetesBlock(`autoscale: { ${written} }`)).autoscaling).toMatchObject(expected);
  });

  it.each([
    ['autoscale: off', { autoscaling: null }],
    ['vpa: off', { verticalAutoscaling: 'off' }],
    ['vpa: none', { verticalAutoscaling: null }],
    ['disruption: off', { maxDisrupted: null }],
    ['disruption: 2', { maxDisrupted: 2 }],
    ['disruption: 10%', { maxDisrupted: '10%' }],
    ['network: off', { network: null }],
    ['network: { to: [] }', { network: { from: [], to: [] } }],
    ['network: { from: [ { podSelector: {} } ] }', { network: { from: [{ podSelector: {} }], to: null } }],
    ['monitor: on', { monitor: { path: '/metrics', port: 0, intervalMs: 30_000, labels: {} } }],
    [
      'monitor: { port: 9090, labels: { release: 1.10 } }',
      { monitor: { port: 9090, labels: { release: '1.10' } } },
    ],
    ['metrics: off', { metrics: null }],
    [
      'service-account: web',
      { serviceAccount: { name: 'web', create: false, annotations: {}, token: false } },
    ],
    [
      'service-account: { name: web, create: true, annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/web" } }',
      {
        serviceAccount: {
          create: true,
          annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/web' },
        },
      },
    ],
    ['labels: { version: 1.10 }', { labels: { version: '1.10' } }],
  ])('%s', (written, expected) => {
    expect(settingsOf(kubernetesBlock(written))).toMatchObject(expected);
  });

  it.each([
    ['requests: { cpu: 250m, memory: 64Mi }', { requests: { cpuMillis: 250, memoryBytes: 64 * 1024 ** 2 } }],
    ['liveness: /livez', { livenessPath: '/livez' }],
    ['files: { /etc/a: { text: "x: 1" } }', { files: { '/etc/a': 'x: 1' } }],
    ['writable: [ /var/cache/ ]', { writableFolders: ['/var/cache'] }],
    ['pull-policy: Always, pull-secrets: [ r ]', { pullPolicy: 'Always', pullSecrets: ['r'] }],
    [
      'run-as-user: 10001, allow-root: true, writable-root: true, capabilities: [ NET_BIND_SERVICE ]',
      { security: { user: 10_001, allowRoot: true, writableRoot: true, capabilities: ['NET_BIND_SERVICE'] } },
    ],
    [
      'node-selector: { kubernetes.io/arch: arm64 }, priority-class: high, spread: [], anti-affinity: none',
      {
        placement: {
          nodeSelector: { 'kubernetes.io/arch': 'arm64' },
          priorityClass: 'high',
          spreadOver: [],
          antiAffinity: 'none',
        },
      },
    ],
    [
      'tolerations: [ { key: a, operator: Exists, tolerationSeconds: 5 } ], spread: [ region, example.com/rack ]',
      {
        placement: {
          tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 5 }],
          spreadOver: ['topology.kubernetes.io/region', 'example.com/rack'],
        },
      },
    ],
  ])('%s of the container', (written, expected) => {
    expect(containerOf(kubernetesBlock(written))).toMatchObject(expected);
  });

  it('limits of a namespace come with the environment', () => {
    const text = kubernetesFile(
      '',
      'environments: { production: { kubernetes: { limits: { quota: { pods: 20, requests.cpu: 4 }, container: { request: { cpu: 100m } } } } } }',
    );
    expect(settingsOf(text).limits).toEqual({
      quota: { pods: '20', 'requests.cpu': '4' },
      container: { default: {}, defaultRequest: { cpu: '100m' }, max: {}, min: {} },
    });
  });

  it('secrets of a cluster are read there, others are given by whoever releases', () => {
    const text = kubernetesFile(
      'secrets: { DB: { kubernetes: { secret: shop-db, key: url } }, TOKEN: { file: token } }',
    );
    expect(containerOf(text).secretKeys).toEqual({ DB: { secret: 'shop-db', key: 'url' } });
    expect(componentOf(text).secrets).toEqual({ TOKEN: { from: 'file', path: '/srv/app/token' } });
  });
});

describe('what is set aside for a pod', () => {
  it('is refused at its place where it is more than the pod may use', () => {
    expect(
      messagesOf(
        kubernetesFile(
          'resources: { cpu: 1, memory: 1Gi }, kubernetes: { requests: { cpu: 1500m, memory: 2Gi } }',
        ),
      ),
    ).toEqual([
      expect.stringMatching(/^4:\d+ .*cpu is 1500m, but component web may use only 1 \(resources\.cpu\)/),
      expect.stringMatching(/^4:\d+ .*memory is 2Gi, but component web may use only 1Gi/),
    ]);
  });

  it('may be all of it, or anything where nothing is limited', () => {
    expect(
      messagesOf(
        kubernetesFile('resources: { cpu: 1 }, kubernetes: { requests: { cpu: 1000m, memory: 2Gi } }'),
      ),
    ).toEqual([]);
  });

  it('is compared in the environment in which both hold', () => {
    const smaller =
      'environments: { local: {}, small: { components: { web: { resources: { cpu: 100m } } } } }';
    expect(
      messagesOf(kubernetesFile('kubernetes: { requests: { cpu: 250m } }', smaller), {
        environment: 'local',
      }),
    ).toEqual([expect.stringMatching(/cpu is 250m, but component web may use only 100m .* in small/)]);
  });
});
