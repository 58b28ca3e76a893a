import { textAt } from '../json/json-tree.ts';
import type { ResourceCall } from '../server/api-call.ts';
import { type ClusterState, readObject } from '../server/cluster-state.ts';
import { forbidden, notFound } from '../server/refusal.ts';

/** Refuses what is to be created in a namespace that is not there (404) or going (403). */
export function checkNamespace(state: ClusterState, { type, namespace }: ResourceCall, name: string): void {
  if (!type.namespaced) return;
  const found = readObject(state, '/namespaces', '', namespace);
  if (found === undefined)
    throw notFound({ group: '', resource: 'namespaces', kind: 'Namespace' }, namespace);
  if (textAt(found, 'status', 'phase') !== 'Terminating') return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(type, name, why, {
    causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
  });
}
