import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import { revisionSelector } from '../objects/labels.ts';
import type { ContainerRevision } from './rendered-revision.ts';

const NODE = 'kubernetes.io/hostname';

/** The highest weight of a preferred term. */
const STRONGEST_PREFERENCE = 100;

/** Where a revision's pods may run and how they are spread; only pods of the same revision count against each other. */
export function renderPlacement(of: ContainerRevision): JsonObject {
  const { placement } = of.settings.workload;
  const labelSelector = { matchLabels: revisionSelector(of.track, of.revision) };
  return {
    nodeSelector: nonEmpty(placement.nodeSelector),
    tolerations: placement.tolerations.length > 0 ? placement.tolerations : undefined,
    priorityClassName: placement.priorityClass ?? undefined,
    runtimeClassName: placement.runtimeClass,
    affinity: antiAffinity(placement.antiAffinity, { labelSelector, topologyKey: NODE }),
    topologySpreadConstraints:
      placement.spreadOver.length === 0
        ? undefined
        : [...new Set(placement.spreadOver)].map((topologyKey) => ({
            maxSkew: 1,
            topologyKey,
            // A cluster that lost a zone must still be able to start pods.
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector,
          })),
  };
}

function antiAffinity(kind: 'none' | 'preferred' | 'required', term: JsonObject): JsonValue | undefined {
  switch (kind) {
    case 'none':
      return undefined;
    case 'required':
      return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    case 'preferred':
      return {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: STRONGEST_PREFERENCE, podAffinityTerm: term },
          ],
        },
      };
  }
}

const nonEmpty = (record: Readonly<Record<string, string>>): JsonObject | undefined =>
  Object.keys(record).length > 0 ? record : undefined;
