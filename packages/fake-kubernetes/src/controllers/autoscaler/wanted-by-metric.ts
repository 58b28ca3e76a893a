import { type Pod, isActive, isReady } from '../objects/pod.ts';
import { formatQuantity, parseQuantity } from '../objects/quantity.ts';
import type { MetricSpec, MetricTarget } from './horizontal-autoscaler.ts';
import type { MetricsTable } from './metrics-table.ts';

/** A difference of a tenth from what is aimed at changes nothing. */
export const TOLERANCE = 0.1;

/** What one metric calls for, or why it says nothing. */
export type MetricWish =
  | { readonly ok: true; readonly replicas: number; readonly told: object }
  | { readonly ok: false; readonly reason: string; readonly message: string };

interface Measure {
  readonly name: string;
  readonly target: MetricTarget;
  readonly told: (current: object) => object;
}

/**
 * How many pods one metric calls for: the present number times what is used over what is aimed at. Pods of which nothing
 * is known count as using all of it when fewer are called for, and nothing when more are, so that they hold back either
 * way. Formula: kubernetes.io/docs, "Horizontal Pod Autoscaling", algorithm details.
 */
export function wantedByMetric(
  spec: MetricSpec,
  pods: readonly Pod[],
  replicas: number,
  metrics: MetricsTable,
): MetricWish {
  if (spec.type === 'External')
    return byTotal(spec.external.metric.name, spec.external.target, spec, replicas, metrics);
  if (spec.type === 'Object')
    return byTotal(spec.object.metric.name, spec.object.target, spec, replicas, metrics);
  const measure = measureOf(spec);
  const active = pods.filter(isActive);
  const perPod = aimPerPod(measure, active);
  const used = active.map((pod) => metrics.of(pod.metadata.namespace ?? '', pod.metadata.name, measure.name));
  const known = used.filter(
    (value, index) => value !== undefined && isCounted(active[index], measure.name),
  ) as number[];
  if (known.length === 0 || perPod <= 0) return unknown(spec.type, measure.name);
  const average = sum(known) / known.length;
  const told = measure.told(currentOf(measure.target, average, perPod));
  return { ok: true, replicas: proportional(known, active.length, perPod, replicas), told };
}

function proportional(known: readonly number[], count: number, perPod: number, replicas: number): number {
  const ratio = sum(known) / (perPod * known.length);
  const missing = count - known.length;
  if (missing === 0) return isNear(ratio) ? replicas : Math.ceil(ratio * known.length);
  if (isNear(ratio)) return replicas;
  const filled = sum(known) + (ratio < 1 ? missing * perPod : 0);
  const carefulRatio = filled / (perPod * count);
  const turned = ratio < 1 !== carefulRatio < 1;
  if (isNear(carefulRatio) || turned) return replicas;
  const wanted = Math.ceil(carefulRatio * count);
  // Filling in must not turn a wish for fewer into one for more, nor the other way round.
  return (carefulRatio < 1 && wanted > replicas) || (carefulRatio > 1 && wanted < replicas)
    ? replicas
    : wanted;
}

function byTotal(
  name: string,
  target: MetricTarget,
  spec: MetricSpec,
  replicas: number,
  metrics: MetricsTable,
): MetricWish {
  const value = metrics.external(name);
  if (value === undefined) return unknown(spec.type, name);
  const aim = parseQuantity(target.averageValue ?? target.value ?? '0');
  const told = {
    type: spec.type,
    [spec.type.toLowerCase()]: { metric: { name }, current: { value: formatQuantity(value) } },
  };
  const ratio = target.type === 'AverageValue' ? value / (aim * Math.max(1, replicas)) : value / aim;
  if (isNear(ratio)) return { ok: true, replicas, told };
  const wanted = target.type === 'AverageValue' ? Math.ceil(value / aim) : Math.ceil(ratio * replicas);
  return { ok: true, replicas: wanted, told };
}

function measureOf(spec: Extract<MetricSpec, { type: 'Resource' | 'ContainerResource' | 'Pods' }>): Measure {
  switch (spec.type) {
    case 'Resource': {
      const { name, target } = spec.resource;
      return { name, target, told: (current) => ({ type: 'Resource', resource: { name, current } }) };
    }
    case 'ContainerResource': {
      const { name, container, target } = spec.containerResource;
      const told = (current: object): object => ({
        type: 'ContainerResource',
        containerResource: { name, container, current },
      });
      return { name, target, told };
    }
    case 'Pods': {
      const { metric, target } = spec.pods;
      return { name: metric.name, target, told: (current) => ({ type: 'Pods', pods: { metric, current } }) };
    }
    default:
      return spec satisfies never;
  }
}

/** What one pod is to use: a share of its request, or a value. */
function aimPerPod({ name, target }: Measure, pods: readonly Pod[]): number {
  if (target.type !== 'Utilization') return parseQuantity(target.averageValue ?? '0');
  const requests = pods.map(({ spec }) =>
    sum(spec.containers.map(({ resources }) => parseQuantity(resources?.requests?.[name] ?? '0'))),
  );
  return ((sum(requests) / Math.max(1, requests.length)) * (target.averageUtilization ?? 0)) / 100;
}

/** What a pod uses of the processor before it is ready says nothing of its work. */
function isCounted(pod: Pod | undefined, metric: string): boolean {
  return pod !== undefined && (metric !== 'cpu' || isReady(pod));
}

function currentOf(target: MetricTarget, average: number, perPod: number): object {
  const averageValue = formatQuantity(average);
  if (target.type !== 'Utilization') return { averageValue };
  return {
    averageValue,
    averageUtilization: Math.round((average / perPod) * (target.averageUtilization ?? 0)),
  };
}

function unknown(type: string, name: string): MetricWish {
  const reason = type === 'Pods' ? 'FailedGetPodsMetric' : `FailedGet${type}Metric`;
  return {
    ok: false,
    reason,
    message: `the HPA was unable to compute the replica count: no metrics known of ${name}`,
  };
}

function isNear(ratio: number): boolean {
  return Math.abs(ratio - 1) <= TOLERANCE;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
