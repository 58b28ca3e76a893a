import { type JsonMap, mapAt, textAt } from '../json/json-tree.ts';
import { fieldSet, manageUpdate } from '../managed/manage-update.ts';
import { managersOf, renderManagers } from '../managed/field-ownership.ts';
import { type ClusterState, timestamp } from './cluster-state.ts';
import { type ResourceType, apiVersionOf, storageOf } from './resource-type.ts';

/** Writes a status as the API server itself does, under its own name, and returns what was stored. */
export function writeOwnStatus(
  state: ClusterState,
  type: ResourceType,
  live: JsonMap,
  status: JsonMap,
): JsonMap {
  const next: JsonMap = { ...live, status };
  const { schema } = type;
  if (schema !== undefined) {
    const writer = {
      name: 'kube-apiserver',
      apiVersion: apiVersionOf(type),
      subresource: 'status',
      time: timestamp(state),
    };
    const reset = fieldSet([['f:spec']]);
    const managers = manageUpdate({ schema, live, next, managers: managersOf(live), writer, reset });
    next['metadata'] = { ...mapAt(live, 'metadata'), managedFields: renderManagers(managers) };
  }
  const [namespace, name] = [textAt(live, 'metadata', 'namespace'), textAt(live, 'metadata', 'name')];
  return state.store.put(storageOf(type), namespace, name, next);
}
