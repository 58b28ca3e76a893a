import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { asObject } from '../objects/as-object.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { declaredObject } from './declared-object.ts';
import { revisionMetadata } from './object-metadata.ts';
import { marked } from './render-template.ts';
import type { InPlaceRevision, RevisionOrder } from './rendered-revision.ts';

/**
 * A workload that is changed in place, as declared and with the marks of the revision in its template. How far the new
 * template has come is the order's business: of a StatefulSet as many pods as ordered have it, those with the highest
 * numbers; of a DaemonSet those that somebody deletes; a Deployment goes its own way. The number of pods is the
 * component's, whatever the order.
 */
export function renderInPlace(of: InPlaceRevision, order: RevisionOrder): KubernetesObject {
  const { object, name, workload } = of.settings.workload;
  const metadata = { ...revisionMetadata(of, name, order.generation), name };
  const spec = asObject(object['spec']);
  return {
    ...declaredObject(object, metadata),
    spec: {
      ...spec,
      ...movement(workload, of.component.instances, order.instances),
      template: marked(of, asObject(spec['template'])),
    },
  };
}

function movement(
  workload: 'StatefulSet' | 'DaemonSet' | 'Deployment',
  replicas: number,
  instances: number,
): JsonObject {
  switch (workload) {
    case 'StatefulSet': {
      const partition = Math.max(0, replicas - instances);
      return { replicas, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } };
    }
    case 'DaemonSet':
      return { updateStrategy: { type: 'OnDelete' } };
    case 'Deployment':
      return { replicas };
  }
}
