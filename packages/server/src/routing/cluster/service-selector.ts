import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION, revisionSelector, TRACK, trackSelector } from '@sluice/kubernetes/objects/labels.ts';
import { revisionName, trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { RouterCapabilities } from '../traffic-router.ts';
import type { RouteKind, RouteNames, RuleBackends } from './route-kind.ts';

/** What the Service of a track without a router is made of. */
export interface ServiceSelectorOptions {
  readonly track: TrackId;
  readonly namespace: string;
  readonly names: RouteNames;
  readonly isInPlace: boolean;
  /** The names of the pods that the Service leads to now. */
  readonly serving: () => Promise<readonly string[]>;
}

/** What those can do that leave shares to the numbers of pods. */
export const BY_INSTANCES: RouterCapabilities = {
  shares: 'by-instances',
  granularityBasisPoints: 1,
  matchOn: [],
  mirror: false,
  sticky: [],
  goals: false,
};

/** Nothing has this label, so that a Service that selects it serves nothing. */
const NOBODY = { 'sluice.dev/nobody': 'true' };

/**
 * The plain Service of a track. It selects one revision, or all of them while two share the traffic; then each ready pod
 * gets its part, and shares follow the numbers of pods. A workload that is changed in place keeps its pods under one
 * selector, so there the order only stands on the Service, and shares are as far as the workload has come.
 */
export function serviceSelector(options: ServiceSelectorOptions): RouteKind {
  const { track, namespace, names, isInPlace } = options;
  return {
    reference: { apiVersion: 'v1', kind: 'Service', namespace, name: names.trackService },
    madeBy: 'target',
    capabilities: BY_INSTANCES,
    spec: (split): JsonObject => (isInPlace ? {} : { selector: selectorOf(track, split) }),
    says: (actual, { selector }) =>
      selector === undefined || canonicalJson(actual?.['selector']) === canonicalJson(selector),
    services: () => [],
    backends: (present) => [{ weights: selected(options, present), mirrors: [] }],
    unconfirmed: async (_present, split) => (isInPlace ? null : unconfirmedPods(options, split)),
  };
}

async function unconfirmedPods(
  { names, serving }: ServiceSelectorOptions,
  split: Split,
): Promise<string | null> {
  const pods = await serving();
  const workloads = served(split).map(({ revision }) => names.serviceOf(revision));
  const missing = workloads.find((name) => !pods.some((pod) => isOf(pod, name)));
  if (missing !== undefined) return `its endpoints hold no ready pod of ${missing} yet`;
  // What several revisions have in common, others that have not gone yet have as well; to wait for them could be for ever,
  // because a revision is retired only after the split is confirmed.
  if (workloads.length > 1) return null;
  const extra = pods.find((pod) => !workloads.some((name) => isOf(pod, name)));
  return extra === undefined ? null : `its endpoints still hold ${extra}`;
}

/** Pods are called after their workload, and that as the Service of the revision. */
const isOf = (pod: string, workload: string): boolean => pod.startsWith(`${workload}-`);

const served = ({ weights }: Split): Split['weights'] => weights.filter(({ basisPoints }) => basisPoints > 0);

function selectorOf(track: TrackId, split: Split): JsonObject {
  const [only, ...others] = served(split);
  if (only === undefined) return NOBODY;
  return others.length === 0 ? revisionSelector(track, only.revision) : trackSelector(track);
}

function selected(
  { track, isInPlace }: ServiceSelectorOptions,
  { spec }: KubernetesObject,
): RuleBackends['weights'] {
  const selector = (spec?.['selector'] ?? {}) as JsonObject;
  if (isInPlace) return [{ service: '*', weight: 1 }];
  if (selector[TRACK] !== trackLabel(track)) return [];
  const label = selector[REVISION];
  if (typeof label !== 'string') return [{ service: '*', weight: 1 }];
  // A label ends like the id that it was made from, and that is what names are made of.
  return [{ service: revisionName(track, label as RevisionId), weight: 1 }];
}
