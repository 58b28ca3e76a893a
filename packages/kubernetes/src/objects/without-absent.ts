import type { KubernetesObject } from './kubernetes-object.ts';

/** The same object without keys whose value is undefined, at every level; so it is what its own JSON says. */
export const withoutAbsent = (object: KubernetesObject): KubernetesObject =>
  clean(object) as KubernetesObject;

function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [[key, clean(item)] as const],
  );
  return Object.fromEntries(kept);
}
