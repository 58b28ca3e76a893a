import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { TemplateSettings } from '../settings/workload-settings.ts';
import { renderRevision } from './render-revision.ts';
import { renderTrack } from './render-track.ts';
import { sampleRevision } from './testing/sample-revision.ts';

const HASH = '5e1f0c9a7b42';

const template: JsonObject = {
  metadata: { labels: { app: 'web', 'app.kubernetes.io/name': 'mine', 'sluice.dev/track': 'forged' } },
  spec: {
    imagePullSecrets: [{ name: 'keys' }],
    initContainers: [{ name: 'init', envFrom: [{ configMapRef: { name: 'flags' } }] }],
    containers: [
      {
        name: 'web',
        image: 'web:1',
        command: ['sh', '-c', 'echo flags'],
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'flags', key: 'a' } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 'keys', key: 'b' } } },
          { name: 'C', valueFrom: { secretKeyRef: { name: 'flags', key: 'c' } } },
        ],
      },
    ],
    volumes: [
      { name: 'flags', configMap: { name: 'flags' } },
      { name: 'keys', secret: { secretName: 'keys' } },
      {
        name: 'all',
        projected: { sources: [{ secret: { name: 'keys' } }, { configMap: { name: 'foreign' } }] },
      },
    ],
  },
};

const object = (kind: string, name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...more },
});

function revision(besides: readonly JsonObject[], settings: Partial<TemplateSettings> = {}) {
  return sampleRevision({
    workload: {
      kind: 'template',
      template,
      selector: { app: 'web' },
      port: 8080,
      minReadySeconds: 0,
      besides,
      ...settings,
    },
    labels: { app: 'other', team: 'shop' },
  });
}

function renderedTemplate(besides: readonly JsonObject[]): JsonObject {
  const objects = renderRevision(revision(besides), { instances: 1, generation: 1 });
  return objects.find(({ kind }) => kind === 'Deployment')?.spec?.['template'] as JsonObject;
}

describe('a pod template of a user', () => {
  it('is taken as it is when nothing comes with it', () => {
    expect(renderedTemplate([])['spec']).toEqual(template['spec']);
  });

  it('keeps its labels, which Services may select by; only those by which Sluice finds pods are ours', () => {
    expect(renderedTemplate([])['metadata']).toMatchObject({
      labels: {
        app: 'web',
        team: 'shop',
        'app.kubernetes.io/name': 'mine',
        'sluice.dev/track': 'shop-production-web',
        'sluice.dev/revision': `web-${HASH}`,
        'rollouts-pod-template-hash': HASH,
      },
    });
  });

  it('reads the copies of ConfigMaps and Secrets that come with it, wherever it names them, and no others', () => {
    const spec = renderedTemplate([object('ConfigMap', 'flags'), object('Secret', 'keys')])['spec'];
    expect(spec).toMatchObject({
      imagePullSecrets: [{ name: `keys-${HASH}` }],
      initContainers: [{ envFrom: [{ configMapRef: { name: `flags-${HASH}` } }] }],
      containers: [
        {
          command: ['sh', '-c', 'echo flags'],
          env: [
            { valueFrom: { configMapKeyRef: { name: `flags-${HASH}` } } },
            { valueFrom: { secretKeyRef: { name: `keys-${HASH}` } } },
            { valueFrom: { secretKeyRef: { name: 'flags' } } },
          ],
        },
      ],
      volumes: [
        { name: 'flags', configMap: { name: `flags-${HASH}` } },
        { name: 'keys', secret: { secretName: `keys-${HASH}` } },
        {
          projected: { sources: [{ secret: { name: `keys-${HASH}` } }, { configMap: { name: 'foreign' } }] },
        },
      ],
    });
  });
});

describe('what comes with a template', () => {
  const metadata = {
    uid: 'x',
    resourceVersion: '1',
    labels: { own: 'yes' },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"b":"c2VjcmV0"}}',
      own: 'yes',
    },
  };

  it('is copied per revision where the template names it, and there once for the track where it does not', () => {
    const of = revision([object('ConfigMap', 'flags'), object('ConfigMap', 'dashboard')]);
    const order = { instances: 1, generation: 1 };
    const names = (objects: ReturnType<typeof renderTrack>) =>
      objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata: { name } }) => name);
    expect(names(renderRevision(of, order))).toEqual([`flags-${HASH}`]);
    expect(names(renderTrack(of, order))).toEqual(['dashboard']);
  });

  it('of another namespace is not what the template names', () => {
    const of = revision([object('ConfigMap', 'flags', { namespace: 'elsewhere' })]);
    const found = renderTrack(of, { generation: 1 }).find(({ kind }) => kind === 'ConfigMap');
    expect(found?.metadata).toMatchObject({ name: 'flags', namespace: 'elsewhere' });
  });

  it('loses what only a server or kubectl writes, and keeps labels and annotations of its own', () => {
    const of = revision([object('Secret', 'keys', metadata)]);
    const copy = renderRevision(of, { instances: 1, generation: 1 }).find(({ kind }) => kind === 'Secret');
    expect(copy).toMatchObject({
      immutable: true,
      metadata: { labels: { own: 'yes' }, annotations: { own: 'yes' } },
    });
    expect(JSON.stringify(copy)).not.toMatch(/c2VjcmV0|uid|resourceVersion/);
  });

  it('may be a Service that callers know, which keeps its name and ports', () => {
    const ports = [{ name: '', port: 9898, targetPort: 'http', appProtocol: null }];
    const of = revision([], { service: { name: 'podinfo', ports } });
    const service = renderTrack(of, { generation: 1 }).find(({ kind }) => kind === 'Service');
    expect(service).toMatchObject({
      metadata: { name: 'podinfo' },
      spec: { ports: [{ name: 'http', port: 9898, targetPort: 'http' }] },
    });
  });
});
