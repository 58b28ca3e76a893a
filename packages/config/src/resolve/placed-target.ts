import type { SourcePath } from '../document/source-value.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { KubernetesInput } from '../language/kubernetes/kubernetes-language.ts';
import type { TargetInput } from '../language/target-language.ts';
import type { Loose } from '../reading/loose.ts';
import { type PlacedComponent, decided } from './placed-component.ts';

/** A place where a component runs in its environment. */
export type Place =
  | { readonly on: 'machine' }
  | {
      readonly on: 'cluster';
      readonly cluster: string;
      /** Undefined when the target names none. */
      readonly namespace: string | undefined;
      /** What follows the component's name and a dot where there is a list of clusters. */
      readonly suffix: string | undefined;
      readonly path: SourcePath;
      /** What the target says of its cluster alone, stronger than every block. */
      readonly over: Loose<Pick<KubernetesInput, 'router' | 'metrics'>>;
    };

/** A place in a cluster. */
export type ClusterPlace = Extract<Place, { on: 'cluster' }>;

/**
 * The places where a component runs; several when its target is a list. Empty when the target could not be read, so
 * that nothing more is said of it.
 */
export function placesOf(component: PlacedComponent): readonly Place[] {
  const target = decided(component, 'target');
  if (target === undefined) return [{ on: 'machine' }];
  if (target.value === undefined) return [];
  return placesOfTarget(target.value, target.path);
}

/** The places of a component that are in clusters. */
export const clusterPlaces = (component: PlacedComponent): readonly ClusterPlace[] =>
  placesOf(component).filter((place) => place.on === 'cluster');

function placesOfTarget(target: Loose<TargetInput>, path: SourcePath): readonly Place[] {
  if (target === 'machine') return [{ on: 'machine' }];
  if (target === 'kubernetes') return [clusterPlace({}, path)];
  if (!isList(target)) return placeOf(target, path);
  return target.flatMap((entry, index) =>
    placeOf(entry, [...path, index]).map((place) => ({ ...place, suffix: slugOf(place.cluster) })),
  );
}

type PlaceInput = Exclude<Loose<TargetInput>, string | readonly unknown[]>;

function placeOf(entry: PlaceInput | undefined, path: SourcePath): readonly ClusterPlace[] {
  const { kubernetes } = entry ?? {};
  return kubernetes === undefined ? [] : [clusterPlace(kubernetes, [...path, 'kubernetes'])];
}

function clusterPlace(written: NonNullable<PlaceInput['kubernetes']>, path: SourcePath): ClusterPlace {
  return {
    on: 'cluster',
    cluster: written.cluster ?? DEFAULTS.kubernetes.cluster,
    namespace: written.namespace,
    suffix: undefined,
    path,
    over: {
      ...('router' in written && { router: written.router }),
      ...('metrics' in written && { metrics: written.metrics }),
    },
  };
}

/** A cluster as a part of a name: names of contexts may hold anything, names of components may not. */
function slugOf(cluster: string): string {
  const plain = cluster
    .replace(/^context:/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return plain.replace(/^-/, '').slice(0, 40).replace(/-$/, '') || 'cluster';
}

/** The name of a component in one of its places: that of the file, or `web.eu` where there is a list of clusters. */
export function placedName(component: PlacedComponent, place: Place): string {
  return place.on === 'cluster' && place.suffix !== undefined
    ? `${component.name}.${place.suffix}`
    : component.name;
}

const isList = (value: unknown): value is readonly (PlaceInput | undefined)[] => Array.isArray(value);
