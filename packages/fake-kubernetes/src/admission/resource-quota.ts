import { type Json, type JsonMap, isMap, listAt, mapAt, textAt, plainText } from '../json/json-tree.ts';
import { quantityNanos, renderNanos } from '../schema/quantity.ts';
import type { ResourceCall } from '../server/api-call.ts';
import { type ClusterState, readObject } from '../server/cluster-state.ts';
import { forbidden } from '../server/refusal.ts';
import { type ResourceType, storageOf } from '../server/resource-type.ts';

/**
 * Refuses what would go beyond a quota of the namespace, and counts what is admitted. On a real server the numbers used are kept
 * by a controller and by this admission; here they are counted anew at each creation, so that they are right without one.
 */
export function admitQuota(
  state: ClusterState,
  { type, namespace, query }: ResourceCall,
  object: JsonMap,
): void {
  if (!type.namespaced || type.resource === 'resourcequotas') return;
  const quotas = state.store.collection('/resourcequotas').inOrder(namespace);
  if (quotas.length === 0) return;
  const asked = usageOf(type, object);
  for (const quota of quotas) {
    const hard = mapAt(quota, 'spec', 'hard');
    const counted = Object.keys(hard).filter((key) => asked.has(key));
    if (counted.length === 0) continue;
    const used = new Map(counted.map((key) => [key, usedIn(state, type, namespace, key)]));
    const exceeded = counted.filter(
      (key) => (used.get(key) ?? 0n) + (asked.get(key) ?? 0n) > limitOf(hard, key),
    );
    if (exceeded.length > 0) throw quotaExceeded(type, object, { quota, hard, used, asked, exceeded });
    if (query['dryRun'] !== 'All') note(state, quota, namespace, used, asked);
  }
}

function limitOf(hard: JsonMap, key: string): bigint {
  return quantityNanos(plainText(hard[key])) ?? 0n;
}

/** What one object takes of a quota, in thousand-millionths. */
function usageOf(type: ResourceType, object: JsonMap): Map<string, bigint> {
  const one = 1_000_000_000n;
  const plain = type.group === '' ? type.resource : `${type.resource}.${type.group}`;
  const usage = new Map([[`count/${plain}`, one]]);
  if (type.group === '') usage.set(type.resource, one);
  if (type.kind === 'Pod') addPodUsage(usage, mapAt(object, 'spec'));
  const kind = textAt(object, 'spec', 'type');
  if (type.kind === 'Service' && kind === 'LoadBalancer') usage.set('services.loadbalancers', one);
  if (type.kind === 'Service' && kind === 'NodePort') usage.set('services.nodeports', one);
  return usage;
}

function addPodUsage(usage: Map<string, bigint>, spec: JsonMap): void {
  const add = (key: string, amount: Json | undefined): void => {
    usage.set(key, (usage.get(key) ?? 0n) + (quantityNanos(plainText(amount)) ?? 0n));
  };
  for (const key of ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'])
    usage.set(key, 0n);
  for (const container of listAt(spec, 'containers')) {
    for (const [key, amount] of Object.entries(mapAt(container, 'resources', 'requests'))) {
      add(`requests.${key}`, amount);
      if (key === 'cpu' || key === 'memory') add(key, amount);
    }
    for (const [key, amount] of Object.entries(mapAt(container, 'resources', 'limits')))
      add(`limits.${key}`, amount);
  }
}

function usedIn(state: ClusterState, type: ResourceType, namespace: string, key: string): bigint {
  let used = 0n;
  for (const object of state.store.collection(storageOf(type)).inOrder(namespace)) {
    const phase = textAt(object, 'status', 'phase');
    if (type.kind === 'Pod' && (phase === 'Failed' || phase === 'Succeeded')) continue;
    used += usageOf(type, object).get(key) ?? 0n;
  }
  return used;
}

function note(
  state: ClusterState,
  quota: JsonMap,
  namespace: string,
  used: ReadonlyMap<string, bigint>,
  asked: ReadonlyMap<string, bigint>,
): void {
  const name = textAt(quota, 'metadata', 'name');
  const live = readObject(state, '/resourcequotas', namespace, name);
  if (!isMap(live?.['status']) || !isMap(live['status']['used'])) return;
  const now = { ...live['status']['used'] };
  for (const [key, amount] of used) now[key] = renderNanos(amount + (asked.get(key) ?? 0n));
  state.store.put('/resourcequotas', namespace, name, { ...live, status: { ...live['status'], used: now } });
}

function quotaExceeded(
  type: ResourceType,
  object: JsonMap,
  found: {
    readonly quota: JsonMap;
    readonly hard: JsonMap;
    readonly used: ReadonlyMap<string, bigint>;
    readonly asked: ReadonlyMap<string, bigint>;
    readonly exceeded: readonly string[];
  },
): Error {
  const { quota, hard, used, asked, exceeded } = found;
  const tell = (value: (key: string) => string): string =>
    [...exceeded]
      .sort()
      .map((key) => `${key}=${value(key)}`)
      .join(',');
  const requested = tell((key) => renderNanos(asked.get(key) ?? 0n));
  const present = tell((key) => renderNanos(used.get(key) ?? 0n));
  const limited = tell((key) => plainText(hard[key]));
  const why = `exceeded quota: ${textAt(quota, 'metadata', 'name')}, requested: ${requested}, used: ${present}, limited: ${limited}`;
  return forbidden(type, textAt(object, 'metadata', 'name'), why);
}
