import { type Json, type JsonMap, isMap, listAt, mapAt, textAt } from '../json/json-tree.ts';
import { fill } from '../kinds/pod-defaults.ts';
import { readObject } from '../server/cluster-state.ts';
import type { WriteContext } from '../server/kind-rules.ts';
import { forbidden } from '../server/refusal.ts';
import { limitContainers } from './limit-range.ts';

const podType = { group: '', resource: 'pods', kind: 'Pod' };

/** The admission of a new pod: service account and its volume, priority, tolerations, limits of the namespace. */
export function admitPod(pod: JsonMap, context: WriteContext): void {
  const spec = mapAt(pod, 'spec');
  admitServiceAccount(pod, spec, context);
  admitPriority(pod, spec, context);
  fill(spec, 'preemptionPolicy', 'PreemptLowerPriority');
  tolerateLostNodes(spec);
  limitContainers(pod, context);
}

function admitServiceAccount(pod: JsonMap, spec: JsonMap, { state, namespace }: WriteContext): void {
  const name = textAt(spec, 'serviceAccountName') || 'default';
  const account = readObject(state, '/serviceaccounts', namespace, name);
  if (account === undefined) {
    const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
    throw forbidden(podType, textAt(pod, 'metadata', 'name'), why);
  }
  spec['serviceAccountName'] = name;
  spec['serviceAccount'] = name;
  const mounted = spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken'] ?? true;
  if (mounted === true) mountToken(spec, `kube-api-access-${state.suffix()}`);
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

function mountToken(spec: JsonMap, volume: string): void {
  let used = false;
  for (const container of [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')]) {
    if (!isMap(container)) continue;
    const mounts = listAt(container, 'volumeMounts');
    if (mounts.some((mount) => textAt(mount, 'mountPath') === tokenPath)) continue;
    container['volumeMounts'] = [...mounts, { name: volume, readOnly: true, mountPath: tokenPath }];
    used = true;
  }
  if (used) spec['volumes'] = [...listAt(spec, 'volumes'), tokenVolume(volume)];
}

function tokenVolume(name: string): Json {
  const certificate = { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] };
  const namespace = { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: certificate },
    { downwardAPI: { items: [namespace] } },
  ];
  return { name, projected: { sources, defaultMode: 0o644 } };
}

function admitPriority(pod: JsonMap, spec: JsonMap, { state }: WriteContext): void {
  const name = textAt(spec, 'priorityClassName');
  if (name === '') {
    fill(spec, 'priority', 0);
    return;
  }
  const known: Readonly<Record<string, number>> = {
    'system-node-critical': 2_000_001_000,
    'system-cluster-critical': 2_000_000_000,
  };
  const found = readObject(state, 'scheduling.k8s.io/priorityclasses', '', name);
  const value = known[name] ?? found?.['value'];
  if (value === undefined)
    throw forbidden(podType, textAt(pod, 'metadata', 'name'), `no PriorityClass with name ${name} was found`);
  spec['priority'] = value;
  const policy = found?.['preemptionPolicy'];
  if (policy !== undefined) spec['preemptionPolicy'] = policy;
}

/** How long a pod stays on a node that is not ready or cannot be reached. */
const lostNodeSeconds = 300;

function tolerateLostNodes(spec: JsonMap): void {
  const present = listAt(spec, 'tolerations');
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter((key) => !present.some((one) => tolerates(one, key)))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: lostNodeSeconds }));
  if (added.length > 0) spec['tolerations'] = [...present, ...added];
}

function tolerates(toleration: Json, key: string): boolean {
  const [own, effect] = [textAt(toleration, 'key'), textAt(toleration, 'effect')];
  return (own === key || own === '') && (effect === 'NoExecute' || effect === '');
}
