import type { KubernetesInput } from '../language/kubernetes/kubernetes-language.ts';
import type { Loose } from '../reading/loose.ts';
import type { SourcePath } from '../document/source-value.ts';
import type { Layer, PlacedComponent } from './placed-component.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** What is never laid over another: an `istio` over a `gateway-api` would be both. */
const REPLACED = ['router'];

/**
 * The block `kubernetes` of a component in its environment: each layer is laid over the weaker ones, key by key, and
 * so are the keys below them; what is deeper, lists and `router` replace what was there.
 */
export function mergedKubernetes(component: PlacedComponent): Loose<KubernetesInput> {
  return component.layers.reduce<Loose<KubernetesInput>>(
    (under, { keys }) => laidOver(under, keys.kubernetes ?? {}),
    {},
  );
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

/** Where a key of the block, or a key below one, is written last; the block's key itself where that is not so. */
export function blockPath(
  component: PlacedComponent,
  key: keyof KubernetesInput,
  below?: string,
): SourcePath {
  const has = ({ keys }: Layer): boolean => {
    const value = keys.kubernetes && key in keys.kubernetes ? keys.kubernetes[key] : undefined;
    return below === undefined ? value !== undefined : isMapping(value) && below in value;
  };
  const layer = component.layers.findLast(has);
  if (layer === undefined) return component.path;
  return [...layer.path, 'kubernetes', key, ...(below === undefined ? [] : [below])];
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
