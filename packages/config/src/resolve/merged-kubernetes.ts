import type { KubernetesInput } from '../language/kubernetes/kubernetes-language.ts';
import type { Loose } from '../reading/loose.ts';
import type { SourcePath } from '../document/source-value.ts';
import { decided, type PlacedComponent } from './placed-component.ts';
import { type ClusterPlace, type Place, clusterPlaces } from './placed-target.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** What is never laid over another: an `istio` over a `gateway-api` would be both. */
const REPLACED = ['router'];

/**
 * The block `kubernetes` of a component in its environment: each layer is laid over the weaker ones, key by key, and
 * so are the keys below them; what is deeper, lists and `router` replace what was there.
 *
 * @param place adds what the target says of this cluster alone
 */
export function mergedKubernetes(component: PlacedComponent, place?: Place): Loose<KubernetesInput> {
  return writtenBlocks(component, place?.on === 'cluster' ? [place] : []).reduce<Loose<KubernetesInput>>(
    (under, { block }) => laidOver(under, block),
    {},
  );
}

/** Every block of a component and where it stands, the weakest first; that of a target holds for its cluster alone. */
export function writtenBlocks(
  component: PlacedComponent,
  places: readonly ClusterPlace[] = clusterPlaces(component),
): readonly { readonly path: SourcePath; readonly block: Loose<KubernetesInput> }[] {
  const layers = component.layers.flatMap(({ path, keys }) =>
    keys.kubernetes === undefined ? [] : [{ path: [...path, 'kubernetes'], block: keys.kubernetes }],
  );
  return [...layers, ...places.map(({ path, over }) => ({ path, block: over }))];
}

/**
 * Whether somebody counts the requests of each revision of a component: the router of a machine does, and in a cluster
 * whoever exports metrics, where the file says how to reach them. Tasks are always counted.
 */
export function countsTraffic(component: PlacedComponent, place: Place): boolean {
  if (place.on === 'machine' || decided(component, 'kind')?.value === 'agents') return true;
  const { metrics } = mergedKubernetes(component, place);
  return metrics !== undefined && metrics !== 'off';
}

function laidOver(under: Loose<KubernetesInput>, over: Loose<KubernetesInput>): Loose<KubernetesInput> {
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const present = result[key];
    const both = isMapping(present) && isMapping(value) && !REPLACED.includes(key);
    result[key] = both ? { ...present, ...value } : value;
  }
  return result;
}

/** Where a key of the block, or a key below one, is written last; the component itself where it is not. */
export function blockPath(
  component: PlacedComponent,
  key: keyof KubernetesInput,
  below?: string,
): SourcePath {
  const written = writtenBlocks(component).findLast(({ block }) => {
    const value = key in block ? block[key] : undefined;
    return below === undefined ? value !== undefined : isMapping(value) && below in value;
  });
  if (written === undefined) return component.path;
  return [...written.path, key, ...(below === undefined ? [] : [below])];
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
