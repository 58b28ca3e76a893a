import type { Fault } from '../../diagnostics/diagnostic.ts';
import {
  type PlacedComponent,
  decidedWorkload,
  variablesOf,
  WORKLOAD_KEYS,
} from '../../resolve/placed-component.ts';
import { type Place, placesOf } from '../../resolve/placed-target.ts';
import type { EnvironmentRule } from '../rule.ts';

/** One thing runs, and it is one that can run where the component runs. */
export const workloadsSuit: EnvironmentRule = (components) =>
  components.flatMap((component) => [
    ...writtenTwice(component),
    ...unsuited(component),
    ...keptInClusters(component),
    ...sameClusters(component),
  ]);

function writtenTwice({ layers }: PlacedComponent): readonly Fault[] {
  return layers.flatMap(({ path, keys }): readonly Fault[] => {
    const [first, second] = WORKLOAD_KEYS.filter((key) => key in keys);
    if (first === undefined || second === undefined) return [];
    const says = `cannot stand beside "${first}"; write one of them, and the other in the environments where it holds`;
    return [{ path: [...path, second], at: 'key', says }];
  });
}

function unsuited(component: PlacedComponent): readonly Fault[] {
  const workload = decidedWorkload(component);
  return placesOf(component)
    .slice(0, 1)
    .flatMap(({ on }): readonly Fault[] => {
      if (workload === undefined) return [missing(component, on)];
      const { key, path, isClear } = workload;
      if (!isClear || (key === 'run') === (on === 'machine')) return [];
      const says =
        on === 'machine'
          ? `goes with target kubernetes, but component ${component.name} runs on a machine in ${component.environment}; write "target: kubernetes", or run instead`
          : `goes with target machine, but component ${component.name} runs on Kubernetes in ${component.environment}; give it an image there`;
      return [{ path, at: 'key', says }];
    });
}

function missing(component: PlacedComponent, on: Place['on']): Fault {
  const [key, expected] =
    on === 'machine'
      ? ['run', 'a shell command, such as node server.js']
      : ['image', 'an image, such as ghcr.io/shop/web:1.4'];
  return {
    path: component.path,
    at: 'key',
    says: `needs the key "${key}": ${expected}`,
    expected,
    found: 'nothing',
    lacks: WORKLOAD_KEYS,
  };
}

/** A process on a machine cannot read a Secret of a cluster. */
function keptInClusters(component: PlacedComponent): readonly Fault[] {
  if (!placesOf(component).some(({ on }) => on === 'machine')) return [];
  return [...variablesOf(component)].flatMap(([name, variable]): readonly Fault[] => {
    if (variable.kind !== 'secret' || !variable.secret || !('kubernetes' in variable.secret)) return [];
    const layer = component.layers.findLast(({ keys }) => keys.secrets && name in keys.secrets);
    const path = [...(layer?.path ?? component.path), 'secrets', name, 'kubernetes'];
    const says = `is kept in a cluster, but component ${component.name} runs on a machine in ${component.environment}; name a file or an environment variable`;
    return [{ path, at: 'key', says }];
  });
}

/** Each cluster of a list is a line of releases of its own, with a name of its own. */
function sameClusters(component: PlacedComponent): readonly Fault[] {
  const places = placesOf(component).filter((place) => place.on === 'cluster');
  return places.flatMap((place, index): readonly Fault[] => {
    const same = places.slice(0, index).find(({ suffix }) => suffix === place.suffix);
    if (same === undefined) return [];
    const says =
      same.cluster === place.cluster
        ? `names cluster ${place.cluster} a second time; a component has one line of releases per cluster`
        : `would be called ${component.name}.${place.suffix} like that of cluster ${same.cluster}; register one of them under another name`;
    return [{ path: place.path, at: 'value', says }];
  });
}
