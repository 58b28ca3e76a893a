import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { renderRevision } from './render-revision.ts';
import { renderTrack } from './render-track.ts';
import { objectCheck } from './testing/object-check.ts';
import { type Sample, SAMPLES } from './testing/samples.ts';
import { toYaml } from './to-yaml.ts';

const rendered = ({ of, order }: Sample): readonly KubernetesObject[] => [
  ...renderTrack(of, order),
  ...renderRevision(of, order),
];

const faults = objectCheck();

describe.each(SAMPLES)('the objects of $name', (sample) => {
  it('are as in the golden file', async () => {
    await expect(toYaml(rendered(sample))).toMatchFileSnapshot(`../../goldens/${sample.name}.yaml`);
  });

  it('are valid by the definitions of Kubernetes 1.34 and of their own makers', () => {
    expect(rendered(sample).flatMap(faults)).toEqual([]);
  });

  it('have names that differ within their kind', () => {
    const names = rendered(sample).map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('say the same after a round trip through JSON', () => {
    const objects = rendered(sample);
    expect(JSON.parse(JSON.stringify(objects))).toStrictEqual(objects);
  });

  it('are all marked as made by Sluice, whatever labels the settings add', () => {
    for (const { metadata } of rendered(sample)) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/managed-by': 'sluice',
        'app.kubernetes.io/part-of': 'shop',
      });
    }
  });
});

describe('the check by definitions', () => {
  it('finds what the API server would refuse', () => {
    const service: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ name: 'http', port: '80' }, { name: 'http' }], typo: true },
    };
    expect(faults(service)).toEqual([
      'Service.spec.ports[0].port: is string, not integer',
      'Service.spec.ports[1].port: is missing',
      'Service.spec.typo: is unknown',
    ]);
  });

  it('knows the kinds of other projects', () => {
    const mistaken: KubernetesObject = {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'web' },
      spec: { mtls: { mode: 'SOMETIMES' } },
    };
    expect(faults(mistaken)).toEqual([
      'PeerAuthentication.spec.mtls.mode: "SOMETIMES" is none of the values that are allowed',
    ]);
  });
});
