import type { Fault } from '../../diagnostics/diagnostic.ts';
import { pathText } from '../../document/source-value.ts';
import { blockPath, mergedKubernetes } from '../../resolve/merged-kubernetes.ts';
import { type Layer, type PlacedComponent, decided } from '../../resolve/placed-component.ts';
import { clusterPlaces } from '../../resolve/placed-target.ts';

/**
 * No namespace of a block is passed over in silence. A block names the namespace of targets that name none; what an
 * environment says, or a component beside or above such a target, was meant to hold, and to release to another namespace,
 * of production perhaps, would be the worst reading. `defaults` may be passed over by any target, and a component by the
 * target of an environment.
 */
export function passedOverNamespaces(component: PlacedComponent): readonly Fault[] {
  const target = decided(component, 'target');
  const { namespace } = mergedKubernetes(component);
  if (target === undefined || namespace === undefined) return [];
  const named = component.layers.findLastIndex(namesNamespace);
  const placed = component.layers.findLastIndex(({ keys }) => 'target' in keys);
  const places = clusterPlaces(component);
  const others = places.flatMap((place) => (place.namespace === undefined ? [] : [place.namespace]));
  const other = others.find((name) => name !== namespace);
  // In a list beside it, it is for those that name none.
  const isFallback = named === placed && others.length < places.length;
  if (other === undefined || isFallback || mayBePassedOver(component, named, placed)) return [];
  const says = `would not hold for component ${component.name} in ${component.environment}: ${pathText(target.path)} names the namespace ${other}; leave out one of the two`;
  return [{ path: blockPath(component, 'namespace'), at: 'value', says }];
}

const namesNamespace = ({ keys }: Layer): boolean => keys.kubernetes?.namespace !== undefined;
const isOfEnvironment = (layer: Layer | undefined): boolean => layer?.path[0] === 'environments';

function mayBePassedOver({ layers }: PlacedComponent, named: number, placed: number): boolean {
  const [block, target] = [layers[named], layers[placed]];
  if (block?.path[0] === 'defaults') return true;
  if (isOfEnvironment(target) !== isOfEnvironment(block)) return isOfEnvironment(target);
  return named < placed;
}
