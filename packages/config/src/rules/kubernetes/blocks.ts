import {
  APPLICATION_LABEL,
  COMPONENT_LABEL,
  MANAGED_BY_LABEL,
  VERSION_LABEL,
} from '@sluice/kubernetes/objects/labels.ts';
import type { Fault } from '../../diagnostics/diagnostic.ts';
import { blockPath, mergedKubernetes, writtenBlocks } from '../../resolve/merged-kubernetes.ts';
import type { Layer, PlacedComponent } from '../../resolve/placed-component.ts';
import { type ClusterPlace, clusterPlaces } from '../../resolve/placed-target.ts';
import type { EnvironmentRule } from '../rule.ts';
import { passedOverNamespaces } from './namespaces.ts';

/** Labels that Sluice finds its own objects by. */
const OURS = [MANAGED_BY_LABEL, APPLICATION_LABEL, COMPONENT_LABEL, VERSION_LABEL];

/** Whatever is in a block of Kubernetes is whole, and leaves to Sluice what is Sluice's. */
export const blocksAreWhole: EnvironmentRule = (components) =>
  components.flatMap((component) => [
    ...writtenBlocks(component).flatMap((written) => [...reservedKeys(written), ...halfKeys(written)]),
    ...component.layers.flatMap(misplacedLimits),
    ...passedOverNamespaces(component),
    ...clusterPlaces(component).flatMap((place) => metricsFaults(component, place)),
  ]);

type WrittenBlock = ReturnType<typeof writtenBlocks>[number];

function reservedKeys({ path, block }: WrittenBlock): readonly Fault[] {
  const says = 'is set by Sluice itself; remove it';
  return (['labels', 'annotations'] as const).flatMap((part) =>
    Object.keys(block[part] ?? {})
      .filter((key) => key.startsWith('sluice.dev/') || OURS.includes(key))
      .map((key): Fault => ({ path: [...path, part, key], at: 'key', says })),
  );
}

/** Components share a namespace, so they cannot each have limits for it. */
function misplacedLimits({ path, keys }: Layer): readonly Fault[] {
  const isOfComponent = path[0] === 'components' || path[2] === 'components';
  if (!isOfComponent || keys.kubernetes === undefined || !('limits' in keys.kubernetes)) return [];
  const says = 'holds for a whole namespace; write it under kubernetes of an environment, or of defaults';
  return [{ path: [...path, 'kubernetes', 'limits'], at: 'key', says }];
}

/** A certificate and its key are of use only together. */
function halfKeys({ path, block: { metrics } }: WrittenBlock): readonly Fault[] {
  const tls = typeof metrics === 'object' ? metrics.tls : undefined;
  if (!tls || 'cert' in tls === 'key' in tls) return [];
  const [there, lacking] = 'cert' in tls ? ['cert', 'key'] : ['key', 'cert'];
  return [
    {
      path: [...path, 'metrics', 'tls', there],
      at: 'key',
      says: `goes with ${lacking}, which is not there`,
    },
  ];
}

function metricsFaults(component: PlacedComponent, place: ClusterPlace): readonly Fault[] {
  const { metrics } = mergedKubernetes(component, place);
  if (typeof metrics !== 'object' || 'prometheus' in metrics) return [];
  const says =
    'needs the key "prometheus": an http or https address, such as http://prometheus.monitoring:9090';
  return [{ path: blockPath(component, 'metrics'), at: 'key', says, lacks: ['prometheus'] }];
}
