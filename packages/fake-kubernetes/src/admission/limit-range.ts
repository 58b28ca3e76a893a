import {
  type Json,
  type JsonMap,
  ensureMap,
  isMap,
  listAt,
  mapAt,
  textAt,
  plainText,
} from '../json/json-tree.ts';
import { quantityNanos } from '../schema/quantity.ts';
import type { WriteContext } from '../server/kind-rules.ts';
import { forbidden } from '../server/refusal.ts';

/** Fills in what limit ranges of the namespace give containers by default, and refuses what goes beyond them. */
export function limitContainers(pod: JsonMap, { state, namespace }: WriteContext): void {
  const limits = state.store
    .collection('/limitranges')
    .inOrder(namespace)
    .flatMap((range) => listAt(range, 'spec', 'limits'))
    .filter((limit) => textAt(limit, 'type') === 'Container');
  if (limits.length === 0) return;
  const containers = listAt(pod, 'spec', 'containers').filter(isMap);
  for (const limit of limits) for (const container of containers) applyDefaults(limit, container);
  const faults = containers.flatMap((container) => limits.flatMap((limit) => beyond(limit, container)));
  if (faults.length === 0) return;
  const why = faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`;
  throw forbidden({ group: '', resource: 'pods', kind: 'Pod' }, textAt(pod, 'metadata', 'name'), why);
}

function applyDefaults(limit: Json, container: JsonMap): void {
  const resources = ensureMap(container, 'resources');
  for (const [from, to] of [
    ['default', 'limits'],
    ['defaultRequest', 'requests'],
  ] as const) {
    const amounts = mapAt(limit, from);
    if (Object.keys(amounts).length === 0) continue;
    resources[to] = { ...amounts, ...mapAt(resources, to) };
  }
}

function beyond(limit: Json, container: JsonMap): string[] {
  const [limits, requests] = [
    mapAt(container, 'resources', 'limits'),
    mapAt(container, 'resources', 'requests'),
  ];
  const max = Object.entries(mapAt(limit, 'max')).flatMap(([resource, most]) => {
    const own = limits[resource];
    if (own === undefined)
      return [`maximum ${resource} usage per Container is ${plainText(most)}.  No limit is specified`];
    return above(own, most)
      ? [`maximum ${resource} usage per Container is ${plainText(most)}, but limit is ${plainText(own)}`]
      : [];
  });
  const min = Object.entries(mapAt(limit, 'min')).flatMap(([resource, least]) => {
    const own = requests[resource];
    if (own === undefined)
      return [`minimum ${resource} usage per Container is ${plainText(least)}.  No request is specified`];
    return above(least, own)
      ? [`minimum ${resource} usage per Container is ${plainText(least)}, but request is ${plainText(own)}`]
      : [];
  });
  return [...min, ...max];
}

function above(a: Json, b: Json): boolean {
  return (quantityNanos(plainText(a)) ?? 0n) > (quantityNanos(plainText(b)) ?? 0n);
}
