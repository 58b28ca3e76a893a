import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ObjectSelection } from '../cluster-client.ts';
import type { PatientCalls } from '../connection/patient-calls.ts';
import { clusterRefusalOf } from '../failures/cluster-refusal.ts';
import type { KindDiscovery } from './kind-discovery.ts';
import { collectionPath, saySelection } from './object-path.ts';

/** Objects per page: what client-go asks for, a few megabytes of pods. */
export const PAGE_SIZE = 500;

/** Everything that was selected at one version of the store. */
export interface ListedObjects {
  readonly objects: readonly KubernetesObject[];
  readonly version: string;
}

/** Lists in pages; `keep` sees each object as it comes, so that a page can be made smaller before the next one is read. */
export type ListObjects = (
  selection: ObjectSelection,
  keep?: (object: KubernetesObject) => KubernetesObject,
) => Promise<ListedObjects>;

/** Lists what is selected. When the first pages expire before the last is read, all is read again in one answer. */
export function objectPages(calls: PatientCalls, kinds: KindDiscovery, pageSize = PAGE_SIZE): ListObjects {
  return async (selection, keep = (object) => object) => {
    try {
      return await listAll({ calls, kinds }, selection, { keep, limit: String(pageSize) });
    } catch (thrown) {
      if (clusterRefusalOf(thrown)?.reason !== 'expired') throw thrown;
      return listAll({ calls, kinds }, selection, { keep, limit: undefined });
    }
  };
}

async function listAll(
  { calls, kinds }: { calls: PatientCalls; kinds: KindDiscovery },
  selection: ObjectSelection,
  { keep, limit }: { keep: (object: KubernetesObject) => KubernetesObject; limit: string | undefined },
): Promise<ListedObjects> {
  const { apiVersion, kind, namespace, labels } = selection;
  const action = `list ${saySelection(selection)}`;
  const path = collectionPath(await kinds.require(apiVersion, kind, action), namespace);
  const objects: KubernetesObject[] = [];
  let from: string | undefined;
  for (;;) {
    const query = {
      ...(labels === undefined ? {} : { labelSelector: labels }),
      ...(limit === undefined ? {} : { limit }),
      ...(from === undefined ? {} : { continue: from }),
    };
    const page = readPage(
      await calls.json({ verb: 'list', kind, action, method: 'GET', path, query }),
      action,
    );
    // In a list the objects do not say what they are.
    for (const item of page.items) objects.push(keep({ ...item, apiVersion, kind }));
    if (page.next === undefined) return { objects, version: page.version };
    from = page.next;
  }
}

function readPage(
  answer: unknown,
  action: string,
): { items: readonly KubernetesObject[]; version: string; next: string | undefined } {
  const { items, metadata } = answer as {
    items?: readonly KubernetesObject[] | null;
    metadata?: { resourceVersion?: string; continue?: string };
  };
  if (metadata?.resourceVersion === undefined) {
    const message = `${action}: the answer is no list of objects: something else than a Kubernetes API server answers at that address`;
    throw new SluiceError('invalid-reply', message, { next: 'ask-human' });
  }
  return { items: items ?? [], version: metadata.resourceVersion, next: metadata.continue || undefined };
}
