import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION, revisionSelector, TRACK, trackSelector } from '@sluice/kubernetes/objects/labels.ts';
import type { RouteKind, RouteNames } from './route-kind.ts';

/** What the Service of a track without a router is made of. */
export interface ServiceSelectorOptions {
  readonly track: TrackId;
  readonly namespace: string;
  readonly names: RouteNames;
  /** The names of the pods that the Service leads to now. */
  readonly serving: () => Promise<readonly string[]>;
}

/** Nothing has this label, so that a Service that selects it serves nothing. */
const NOBODY = { 'sluice.dev/nobody': 'true' };

/**
 * The plain Service of a track. It selects one revision, or all of them while two share the traffic; then each ready pod
 * gets its part, and shares follow the numbers of pods.
 */
export function serviceSelector({ track, namespace, names, serving }: ServiceSelectorOptions): RouteKind {
  return {
    reference: { apiVersion: 'v1', kind: 'Service', namespace, name: names.trackService },
    isAdopted: false,
    capabilities: {
      shares: 'by-instances',
      granularityBasisPoints: 1,
      matchOn: [],
      mirror: false,
      sticky: [],
      goals: false,
    },
    spec: (split) => ({ selector: selectorOf(track, split) }),
    backends: (present) => {
      const selector = (present.spec?.['selector'] ?? {}) as JsonObject;
      const [revision, isTrack] = [selector[REVISION], selector[TRACK] !== undefined];
      if (typeof revision === 'string') return [{ service: revision, weight: 1 }];
      return isTrack ? [{ service: '*', weight: 1 }] : [];
    },
    unconfirmed: async (_present: KubernetesObject, split: Split) => {
      const pods = await serving();
      const workloads = split.weights.map(({ revision }) => names.serviceOf(revision));
      const missing = workloads.find((name) => !pods.some((pod) => isOf(pod, name)));
      if (missing !== undefined) return `its endpoints hold no ready pod of ${missing} yet`;
      const extra = pods.find((pod) => !workloads.some((name) => isOf(pod, name)));
      return extra === undefined ? null : `its endpoints still hold ${extra}`;
    },
  };
}

/** Pods are called after their workload, and that as the Service of the revision. */
const isOf = (pod: string, workload: string): boolean => pod.startsWith(`${workload}-`);

function selectorOf(track: TrackId, { weights }: Split): JsonObject {
  const [only, ...others] = weights;
  if (only === undefined) return NOBODY;
  return others.length === 0 ? revisionSelector(track, only.revision) : trackSelector(track);
}
