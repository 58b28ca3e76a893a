import type { Fault } from '../../diagnostics/diagnostic.ts';
import { type SourcePath, pathText } from '../../document/source-value.ts';
import type { ComponentInput } from '../../language/component-language.ts';
import { mergedKubernetes } from '../../resolve/merged-kubernetes.ts';
import {
  type PlacedComponent,
  decidedWorkload,
  environmentNames,
  placedComponents,
} from '../../resolve/placed-component.ts';
import { clusterPlaces, placesOf } from '../../resolve/placed-target.ts';
import { listOf } from '../../resolve/strategy-body.ts';
import type { FileRule } from '../rule.ts';

/** Where a key means something, and what is said where it does not. */
interface KeyMeaning {
  readonly holdsFor: (component: PlacedComponent) => boolean;
  readonly says: string;
}

const onMachine = (component: PlacedComponent): boolean =>
  placesOf(component).some(({ on }) => on === 'machine');
const onCluster = (component: PlacedComponent): boolean =>
  placesOf(component).some(({ on }) => on === 'cluster');

const MEANINGS: Readonly<Partial<Record<keyof ComponentInput, KeyMeaning>>> = {
  source: { holdsFor: onMachine, says: 'goes with run; an image has its files in it' },
  needs: {
    holdsFor: onMachine,
    says: 'is looked for from the machine of the control plane, which does not see the network of a cluster; let the path of health answer for what is needed',
  },
  'max-body': {
    holdsFor: onMachine,
    says: 'is a limit of the router of a machine; on Kubernetes, set it at the gateway',
  },
  timeout: {
    holdsFor: (component) => onMachine(component) || isRouted(component),
    says: 'is kept by a router, and a plain Service is none; name one in kubernetes.router, or remove it',
  },
  command: { holdsFor: onCluster, says: 'goes with image; on a machine, run is the whole command' },
  args: { holdsFor: onCluster, says: 'goes with image; on a machine, run is the whole command' },
  port: { holdsFor: onCluster, says: 'goes with image; a process on a machine finds its port in PORT' },
  kubernetes: {
    holdsFor: onCluster,
    says: 'goes with target kubernetes, and nothing it holds for runs there',
  },
};

/** Keys that say something beside manifests; everything else is said in them. */
const BESIDE_MANIFESTS = ['manifests', 'target', 'strategy', 'user', 'kubernetes'];
const BLOCK_BESIDE_MANIFESTS = ['namespace', 'metrics'];
const IN_MANIFESTS = 'is said in the manifests of the component; change it there';

/**
 * A key means something for at least one of the components and environments for which it holds, so that nothing is
 * ignored in silence, while `defaults` may speak of machines and clusters at once.
 */
export const keysMeanSomething: FileRule = (input) => {
  const idle = new Map<string, Fault>();
  const useful = new Set<string>();
  const components = environmentNames(input).flatMap((environment) => placedComponents(input, environment));
  for (const component of components.filter((placed) => placesOf(placed).length > 0)) {
    for (const { path, idleBecause } of writtenKeys(component)) {
      const place = pathText(path);
      if (idleBecause === undefined) useful.add(place);
      else idle.set(place, { path, at: 'key', says: idleBecause });
    }
  }
  return [...idle].filter(([place]) => !useful.has(place)).map(([, fault]) => fault);
};

/** Every key of every layer of a component, and why it means nothing for that component, if so. */
function writtenKeys(
  component: PlacedComponent,
): readonly { readonly path: SourcePath; readonly idleBecause: string | undefined }[] {
  const adopted = decidedWorkload(component)?.key === 'manifests';
  return component.layers.flatMap(({ path, keys }) => {
    const names = Object.keys(keys) as (keyof ComponentInput)[];
    const own = names.map((name) => ({
      path: [...path, name],
      idleBecause: adopted && !BESIDE_MANIFESTS.includes(name) ? IN_MANIFESTS : idleReason(component, name),
    }));
    const inBlock = Object.keys(keys.kubernetes ?? {}).map((name) => ({
      path: [...path, 'kubernetes', name],
      idleBecause: adopted && !BLOCK_BESIDE_MANIFESTS.includes(name) ? IN_MANIFESTS : undefined,
    }));
    return [...own, ...inBlock];
  });
}

function idleReason(component: PlacedComponent, name: keyof ComponentInput): string | undefined {
  const meaning = MEANINGS[name];
  return meaning === undefined || meaning.holdsFor(component) ? undefined : meaning.says;
}

const isRouted = (component: PlacedComponent): boolean =>
  clusterPlaces(component).some((place) =>
    listOf(mergedKubernetes(component, place).router).some((router) => router !== 'service'),
  );
