import type { Fault } from '../../diagnostics/diagnostic.ts';
import { pathText } from '../../document/source-value.ts';
import type { ComponentInput } from '../../language/component-language.ts';
import { mergedKubernetes } from '../../resolve/merged-kubernetes.ts';
import { type PlacedComponent, environmentNames, placedComponents } from '../../resolve/placed-component.ts';
import { placesOf } from '../../resolve/placed-target.ts';
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

/**
 * A key means something for at least one of the components and environments for which it holds, so that nothing is
 * ignored in silence, while `defaults` may speak of machines and clusters at once.
 */
export const keysMeanSomething: FileRule = (input) => {
  const idle = new Map<string, Fault>();
  const useful = new Set<string>();
  const components = environmentNames(input).flatMap((environment) => placedComponents(input, environment));
  for (const component of components.filter((placed) => placesOf(placed).length > 0)) {
    for (const { name, path, meaning } of keysWithMeaning(component)) {
      const place = pathText([...path, name]);
      if (meaning.holdsFor(component)) useful.add(place);
      else idle.set(place, { path: [...path, name], at: 'key', says: meaning.says });
    }
  }
  return [...idle].filter(([place]) => !useful.has(place)).map(([, fault]) => fault);
};

const keysWithMeaning = ({ layers }: PlacedComponent) =>
  layers.flatMap(({ path, keys }) =>
    (Object.keys(keys) as (keyof ComponentInput)[]).flatMap((name) => {
      const meaning = MEANINGS[name];
      return meaning ? [{ name, path, meaning }] : [];
    }),
  );

const isRouted = (component: PlacedComponent): boolean =>
  onCluster(component) && listOf(mergedKubernetes(component).router).some((router) => router !== 'service');
