import { type Json, type JsonMap, isMap, listAt, mapAt, textAt } from '../json/json-tree.ts';
import type { ResourceCall } from './api-call.ts';
import { type PlainResponse, jsonResponse } from './api-response.ts';
import { type ClusterState, timestamp } from './cluster-state.ts';
import { parseBody } from './object-codec.ts';
import { badRequest, conflict } from './refusal.ts';
import { storageOf } from './resource-type.ts';
import { liveObject } from './write-object.ts';

/** Gives a pod to a node, as a scheduler does. */
export function bindPod(state: ClusterState, call: ResourceCall): PlainResponse {
  const pod = liveObject(state, call);
  const target = textAt(parseBody(call.body), 'target', 'name');
  if (target === '') throw badRequest('target.name is required');
  const taken = textAt(pod, 'spec', 'nodeName');
  if (taken !== '')
    throw conflict('', 'pods/binding', call.name, `pod ${call.name} is already assigned to node "${taken}"`);
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(state),
  };
  const others = listAt(pod, 'status', 'conditions').filter((one) => textAt(one, 'type') !== 'PodScheduled');
  const next: JsonMap = {
    ...pod,
    spec: { ...mapAt(pod, 'spec'), nodeName: target },
    status: { ...mapAt(pod, 'status'), conditions: [...others, scheduled] },
  };
  state.store.put(storageOf(call.type), call.namespace, call.name, next);
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

/** Takes finalizers of a namespace away; the last one takes the namespace with it. */
export function finalizeNamespace(state: ClusterState, call: ResourceCall): PlainResponse {
  const live = liveObject(state, call);
  const body: Json = parseBody(call.body);
  const finalizers = listAt(body, 'spec', 'finalizers');
  const next: JsonMap = { ...live, spec: finalizers.length === 0 ? {} : { finalizers } };
  const going = textAt(live, 'metadata', 'deletionTimestamp') !== '';
  const held = listAt(live, 'metadata', 'finalizers').length > 0;
  if (going && finalizers.length === 0 && !held) {
    state.store.remove('/namespaces', '', call.name, next);
    return jsonResponse(200, next);
  }
  return jsonResponse(200, isMap(body) ? state.store.put('/namespaces', '', call.name, next) : live);
}
