import type { AutoscalingSettings, ScalingBehavior } from '../../settings/kubernetes-settings.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import type { ManifestPath } from './check-shape.ts';
import { isUnderstood } from './find-manifest.ts';
import { ANYTHING, listOf, objectOf, oneOf, type Shape, TEXT, WHOLE, within } from './shape.ts';

/** The numbers of pods between which an autoscaler chooses, and what it goes by. */
export interface AdoptedAutoscaler {
  readonly minInstances: number;
  readonly autoscaling: AutoscalingSettings;
}

/** What Kubernetes waits before it shrinks a workload, when nothing is said, in seconds. */
const DEFAULT_SHRINK_SECONDS = 300;

const RULES: Shape = objectOf({
  stabilizationWindowSeconds: within(0, 3600),
  selectPolicy: oneOf('Max', 'Min', 'Disabled'),
  tolerance: { kind: 'number-or-text' },
  policies: listOf(
    objectOf(
      { type: oneOf('Pods', 'Percent'), value: WHOLE, periodSeconds: within(1, 1800) },
      { required: ['type', 'value', 'periodSeconds'] },
    ),
  ),
});
const TARGET: Shape = objectOf(
  {
    type: oneOf('Utilization', 'AverageValue', 'Value'),
    averageUtilization: WHOLE,
    averageValue: { kind: 'number-or-text' },
    value: { kind: 'number-or-text' },
  },
  { required: ['type'] },
);
const SPEC: Shape = objectOf(
  {
    scaleTargetRef: objectOf({ apiVersion: TEXT, kind: TEXT, name: TEXT }, { required: ['kind', 'name'] }),
    minReplicas: within(0, 1_000_000),
    maxReplicas: within(1, 1_000_000),
    targetCPUUtilizationPercentage: WHOLE,
    metrics: listOf(
      objectOf(
        {
          type: oneOf('Resource', 'Pods', 'Object', 'External', 'ContainerResource'),
          resource: objectOf({ name: TEXT, target: TARGET }, { required: ['name', 'target'] }),
          pods: objectOf(
            { metric: objectOf({ name: TEXT, selector: ANYTHING }, { required: ['name'] }), target: TARGET },
            { required: ['metric', 'target'] },
          ),
          object: ANYTHING,
          external: ANYTHING,
          containerResource: ANYTHING,
        },
        { required: ['type'] },
      ),
    ),
    behavior: objectOf({ scaleUp: RULES, scaleDown: RULES }),
  },
  { required: ['scaleTargetRef', 'maxReplicas'] },
);

interface Rules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: string;
  readonly tolerance?: string;
  readonly policies?: readonly { type: 'Pods' | 'Percent'; value: number; periodSeconds: number }[];
}

interface Target {
  readonly type: string;
  readonly averageUtilization?: number;
  readonly averageValue?: string | number;
}

interface Measure {
  readonly type: string;
  readonly resource?: { readonly name: string; readonly target: Target };
  readonly pods?: {
    readonly metric: { readonly name: string; readonly selector?: unknown };
    readonly target: Target;
  };
}

interface AutoscalerSpec {
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  readonly targetCPUUtilizationPercentage?: number;
  readonly metrics?: readonly Measure[];
  readonly behavior?: { readonly scaleUp?: Rules; readonly scaleDown?: Rules };
}

/**
 * A HorizontalPodAutoscaler (`autoscaling/v2`, or `v1`) as settings; undefined after a fault. What Sluice's own cannot do
 * is a fault and never left out, because a workload that stops growing is an outage.
 */
export function adoptAutoscaler(
  notes: AdoptionNotes,
  document: ManifestDocument,
  replicas: { readonly minReplicas?: number; readonly maxReplicas?: number } = {},
): AdoptedAutoscaler | undefined {
  if (!isUnderstood(notes, document)) return undefined;
  if (!notes.check(document, SPEC, document.object.spec, ['spec'])) return undefined;
  const spec = document.object.spec as unknown as AutoscalerSpec;
  const faultsBefore = notes.faults.length;
  const measures = spec.metrics ?? [];
  measures.forEach((measure, index) => checkMeasure(notes, document, measure, ['spec', 'metrics', index]));
  const scaleUp = behavior(notes, document, 'scaleUp', spec.behavior?.scaleUp, 0);
  const scaleDown = behavior(notes, document, 'scaleDown', spec.behavior?.scaleDown, DEFAULT_SHRINK_SECONDS);
  if (spec.minReplicas === 0)
    notes.fault(document, ['spec', 'minReplicas'], 'Sluice scales no workload to zero; write at least 1.');
  if (notes.faults.length > faultsBefore) return undefined;
  notes.use(document);
  const cpu = spec.targetCPUUtilizationPercentage ?? utilization(measures, 'cpu');
  const memoryPercent = utilization(measures, 'memory');
  // As Kubernetes does for an autoscaler that names no measure.
  const cpuPercent = cpu ?? (measures.length === 0 ? 80 : null);
  return {
    minInstances: replicas.minReplicas ?? spec.minReplicas ?? 1,
    autoscaling: {
      maxInstances: replicas.maxReplicas ?? spec.maxReplicas,
      cpuPercent,
      memoryPercent,
      podMetrics: measures.flatMap(({ pods }) =>
        pods ? [{ name: pods.metric.name, average: String(pods.target.averageValue) }] : [],
      ),
      scaleUp,
      scaleDown,
    },
  };
}

const utilization = (measures: readonly Measure[], name: string): number | null =>
  measures.find(({ resource }) => resource?.name === name)?.resource?.target.averageUtilization ?? null;

function checkMeasure(
  notes: AdoptionNotes,
  document: ManifestDocument,
  { type, resource, pods }: Measure,
  path: ManifestPath,
): void {
  if (type === 'Resource') {
    if (resource?.target.averageUtilization === undefined)
      notes.fault(
        document,
        path,
        'Sluice scales by use in per cent of the request; write target.type: Utilization with averageUtilization.',
      );
    else if (resource.name !== 'cpu' && resource.name !== 'memory')
      notes.fault(document, path, `Sluice scales by cpu and memory, not by ${resource.name}.`);
  } else if (type === 'Pods') {
    if (pods?.target.averageValue === undefined)
      notes.fault(document, path, 'A measure of pods needs target.averageValue.');
    else if (pods.metric.selector !== undefined)
      notes.fault(document, path, 'Sluice scales by a metric of pods as a whole, without a selector.');
  } else
    notes.fault(
      document,
      path,
      `Sluice has no autoscaling by ${type}; scale by cpu, memory or a metric of the pods (type: Pods).`,
    );
}

function behavior(
  notes: AdoptionNotes,
  document: ManifestDocument,
  direction: 'scaleUp' | 'scaleDown',
  rules: Rules | undefined,
  defaultSeconds: number,
): ScalingBehavior {
  const path = ['spec', 'behavior', direction];
  const select = rules?.selectPolicy ?? 'Max';
  if (select !== 'Max')
    notes.fault(
      document,
      [...path, 'selectPolicy'],
      `Sluice takes the policy that allows the larger change (Max); ${select} cannot be kept.`,
    );
  if (rules?.tolerance !== undefined)
    notes.differ(document, [...path, 'tolerance'], 'Sluice leaves the tolerance as the cluster has it.');
  return {
    stabilizationMs: (rules?.stabilizationWindowSeconds ?? defaultSeconds) * 1000,
    policies: (rules?.policies ?? []).map(({ type, value, periodSeconds }) => ({
      type,
      value,
      periodMs: periodSeconds * 1000,
    })),
  };
}
