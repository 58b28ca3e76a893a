import {
  APPLICATION_LABEL,
  COMPONENT_LABEL,
  MANAGED_BY_LABEL,
  VERSION_LABEL,
} from '@sluice/kubernetes/objects/labels.ts';
import type { Fault } from '../../diagnostics/diagnostic.ts';
import { blockPath, mergedKubernetes } from '../../resolve/merged-kubernetes.ts';
import type { Layer } from '../../resolve/placed-component.ts';
import { clusterPlaces } from '../../resolve/placed-target.ts';
import type { EnvironmentRule } from '../rule.ts';

/** Labels that Sluice finds its own objects by. */
const OURS = [MANAGED_BY_LABEL, APPLICATION_LABEL, COMPONENT_LABEL, VERSION_LABEL];

/** Whatever is in a block of Kubernetes is whole, and leaves to Sluice what is Sluice's. */
export const blocksAreWhole: EnvironmentRule = (components) =>
  components.flatMap((component) => [
    ...component.layers.flatMap((layer) => [
      ...reservedKeys(layer),
      ...misplacedLimits(layer),
      ...halfKeys(layer),
    ]),
    ...(clusterPlaces(component).length === 0 ? [] : metricsFaults(component)),
  ]);

function reservedKeys({ path, keys }: Layer): readonly Fault[] {
  return (['labels', 'annotations'] as const).flatMap((part) =>
    Object.keys(keys.kubernetes?.[part] ?? {})
      .filter((key) => key.startsWith('sluice.dev/') || OURS.includes(key))
      .map((key): Fault => {
        return {
          path: [...path, 'kubernetes', part, key],
          at: 'key',
          says: 'is set by Sluice itself; remove it',
        };
      }),
  );
}

/** Components share a namespace, so they cannot each have limits for it. */
function misplacedLimits({ path, keys }: Layer): readonly Fault[] {
  if (!path.includes('components') || keys.kubernetes === undefined || !('limits' in keys.kubernetes))
    return [];
  const says = 'holds for a whole namespace; write it under kubernetes of an environment, or of defaults';
  return [{ path: [...path, 'kubernetes', 'limits'], at: 'key', says }];
}

/** A certificate and its key are of use only together. */
function halfKeys({ path, keys }: Layer): readonly Fault[] {
  const metrics = keys.kubernetes?.metrics;
  const tls = typeof metrics === 'object' ? metrics.tls : undefined;
  if (!tls || 'cert' in tls === 'key' in tls) return [];
  const [there, lacking] = 'cert' in tls ? ['cert', 'key'] : ['key', 'cert'];
  const place = [...path, 'kubernetes', 'metrics', 'tls', there];
  return [{ path: place, at: 'key', says: `goes with ${lacking}, which is not there` }];
}

function metricsFaults(component: Parameters<typeof mergedKubernetes>[0]): readonly Fault[] {
  const { metrics } = mergedKubernetes(component);
  if (typeof metrics !== 'object' || 'prometheus' in metrics) return [];
  const says =
    'needs the key "prometheus": an http or https address, such as http://prometheus.monitoring:9090';
  return [{ path: blockPath(component, 'metrics'), at: 'key', says, lacks: ['prometheus'] }];
}
