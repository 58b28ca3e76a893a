import { describe, expect, it } from 'vitest';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { renderTrack } from './render-track.ts';
import { servicePort, trackServiceName } from './render-service.ts';
import { sampleRevision } from './testing/sample-revision.ts';

const order = { generation: 3 };

describe('the objects of a track', () => {
  it('leave the selector of the Service to the router that has nothing else', () => {
    const selectors = [sampleRevision(), sampleRevision({ routers: [{ kind: 'service' }] })].map(
      (of) => renderTrack(of, order).find(({ kind }) => kind === 'Service')?.spec?.['selector'],
    );
    expect(selectors).toEqual([{ 'sluice.dev/track': 'shop-production-web' }, undefined]);
  });

  it('have a Service under a name and port that routers can know', () => {
    const of = sampleRevision();
    expect(trackServiceName(of.track, of.settings)).toBe('shop-production-web');
    expect(servicePort(of.settings)).toBe(80);
  });

  it('that belong to the environment are the same for each of its components', () => {
    const limits = { quota: { pods: '10' }, container: null };
    const [web, api] = ['web', 'api'].map((name) =>
      renderTrack(
        { ...sampleRevision({ limits }, { name }), track: trackId('shop', 'production', name) },
        { generation: name.length },
      ).filter(({ kind }) => kind === 'ResourceQuota'),
    );
    expect(web).toHaveLength(1);
    expect(web).toEqual(api);
  });

  it('restrict going out only where it is asked for, and then still let names be looked up', () => {
    const policies = [null, [{ to: [{ podSelector: {} }] }]].map(
      (to) => renderTrack(sampleRevision({ network: { from: [], to } }), order)[0]?.spec,
    );
    expect(policies[0]?.['policyTypes']).toEqual(['Ingress']);
    expect(policies[0]).not.toHaveProperty('egress');
    expect(policies[1]?.['policyTypes']).toEqual(['Ingress', 'Egress']);
    expect(policies[1]?.['egress']).toMatchObject([
      { ports: [{ port: 53 }, { port: 53 }] },
      { to: [{ podSelector: {} }] },
    ]);
  });

  it('come in an order in which pods never run without what guards them', () => {
    const of = sampleRevision({
      limits: { quota: { pods: '10' }, container: null },
      serviceAccount: { name: 'web', create: true, annotations: {}, token: false },
      network: { from: [], to: null },
      monitor: { path: '/metrics', port: 0, intervalMs: 30_000, labels: {} },
    });
    expect(renderTrack(of, order).map(({ kind }) => kind)).toEqual([
      'ResourceQuota',
      'ServiceAccount',
      'NetworkPolicy',
      'Service',
      'ServiceMonitor',
    ]);
  });
});

it('an object that comes with a template cannot claim to belong to a revision, with which it would be removed', () => {
  const of = sampleRevision({
    workload: {
      kind: 'template',
      template: { spec: { containers: [] } },
      selector: {},
      port: null,
      minReadySeconds: 0,
      besides: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'dashboard', labels: { 'sluice.dev/revision': 'web-000000000000' } },
        },
      ],
    },
  });
  expect(renderTrack(of, order)[0]?.metadata.labels).not.toHaveProperty(['sluice.dev/revision']);
});
