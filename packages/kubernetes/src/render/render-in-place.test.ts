import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { InPlaceSettings } from '../settings/workload-settings.ts';
import { renderRevision } from './render-revision.ts';
import { sampleRevision } from './testing/sample-revision.ts';

function rendered(workload: InPlaceSettings['workload'], instances: number): JsonObject | undefined {
  const object = {
    apiVersion: 'apps/v1',
    kind: workload,
    metadata: { name: 'ledger', labels: { app: 'ledger' } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'ledger' } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
      template: { metadata: { labels: { app: 'ledger' } }, spec: { containers: [] } },
    },
    status: { replicas: 1 },
  };
  const settings: InPlaceSettings = { kind: 'in-place', workload, name: 'ledger', object, port: 5432 };
  const objects = renderRevision(sampleRevision({ workload: settings }, { instances: 5 }), {
    instances,
    generation: 2,
  });
  expect(objects).toHaveLength(1);
  expect(objects[0]).not.toHaveProperty('status');
  return objects[0]?.spec;
}

describe('a workload that is changed in place', () => {
  it.each([
    { instances: 0, partition: 5 },
    { instances: 1, partition: 4 },
    { instances: 5, partition: 0 },
    { instances: 9, partition: 0 },
  ])(
    'as a StatefulSet of 5 with $instances of the revision has the partition $partition',
    ({ instances, partition }) => {
      expect(rendered('StatefulSet', instances)).toMatchObject({
        replicas: 5,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
      });
    },
  );

  it('as a DaemonSet moves only where somebody deletes pods', () => {
    expect(rendered('DaemonSet', 2)?.['updateStrategy']).toEqual({ type: 'OnDelete' });
  });

  it('keeps its selector and marks its pods with the revision', () => {
    expect(rendered('Deployment', 2)).toMatchObject({
      replicas: 5,
      selector: { matchLabels: { app: 'ledger' } },
      template: { metadata: { labels: { app: 'ledger', 'sluice.dev/revision': 'web-5e1f0c9a7b42' } } },
    });
  });
});
