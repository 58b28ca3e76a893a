import { describe, expect, it } from 'vitest';
import { revisionName } from '../objects/names.ts';
import type { IstioRouter } from '../settings/router-settings.ts';
import { renderDestinationRule } from './render-destination-rule.ts';
import { sampleRevision, SAMPLE_CONTAINER } from './testing/sample-revision.ts';

const ISTIO: IstioRouter = {
  kind: 'istio',
  virtualService: null,
  gateways: ['mesh'],
  hosts: [],
  timeoutMs: null,
  retries: null,
  fault: null,
  outlierDetection: null,
  connectionPool: null,
  locality: null,
  mutualTls: null,
  allow: null,
};

const specOf = (changes: Partial<IstioRouter>) =>
  renderDestinationRule(sampleRevision({ routers: [{ ...ISTIO, ...changes }] }), 7).map(({ spec }) => spec);

describe('a rule for the Service of a revision', () => {
  const { track, revision } = sampleRevision();
  const host = revisionName(track, revision);

  it.each<[string, Partial<IstioRouter>, object]>([
    ['outlier detection', { outlierDetection: { interval: '1s' } }, { outlierDetection: { interval: '1s' } }],
    ['a connection pool', { connectionPool: { tcp: {} } }, { connectionPool: { tcp: {} } }],
    [
      'a locality',
      { locality: { enabled: false } },
      { loadBalancer: { localityLbSetting: { enabled: false } } },
    ],
  ])('says %s and nothing else', (_what, changes, trafficPolicy) => {
    expect(specOf(changes)).toEqual([{ host, trafficPolicy }]);
  });

  it('is not made where nothing asks for it, or where there is no Service', () => {
    expect(specOf({})).toEqual([]);
    expect(renderDestinationRule(sampleRevision(), 7)).toEqual([]);
    const none = { template: {}, selector: {}, besides: [] };
    const workload = { ...none, kind: 'template', port: null, minReadySeconds: 0 } as const;
    const routers = [{ ...ISTIO, outlierDetection: {} }];
    expect(renderDestinationRule(sampleRevision({ workload, routers }), 7)).toEqual([]);
    expect(renderDestinationRule(sampleRevision({ workload: SAMPLE_CONTAINER, routers }), 7)).toHaveLength(1);
  });
});
