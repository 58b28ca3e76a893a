import type { HealthSpec, ResourceSpec } from '@sluice/core/rollout/component-spec.ts';
import type { Container, PodTemplate, Probe } from './pod-template.ts';

/** What Kubernetes does when a probe says nothing. */
const PROBE_DEFAULTS = { periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3 };
/** The least time that an instance is given to become ready, in ms. */
const LEAST_START_MS = 60_000;

/** The container that serves: the one that declares the port, else the first. */
export function servingContainer(template: PodTemplate, port: number | null): Container {
  const declares = (container: Container): boolean =>
    (container.ports ?? []).some(({ containerPort }) => containerPort === port);
  return template.containers.find(declares) ?? template.containers[0]!;
}

/**
 * A port of the pods by number or name. A number need not be declared by any container, as for a Service; a name must be,
 * or the answer is undefined.
 */
export function containerPort(template: PodTemplate, wanted: number | string): number | undefined {
  if (typeof wanted === 'number') return wanted;
  const numbered = /^\d+$/.test(wanted) ? Number(wanted) : undefined;
  const named = template.containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === wanted);
  return named?.containerPort ?? numbered;
}

/** The first port that a container of the application declares, or null when none declares one. */
export const firstPort = (template: PodTemplate): number | null =>
  template.containers.flatMap(({ ports }) => ports ?? [])[0]?.containerPort ?? null;

/** When a pod counts as ready, by its readiness and startup probes; the template's own probes go on doing the work. */
export function healthOf(container: Container): HealthSpec {
  const ready = { ...PROBE_DEFAULTS, ...container.readinessProbe };
  const startMs = Math.max(patienceMs(container.startupProbe), patienceMs(container.readinessProbe));
  return {
    path: container.readinessProbe?.httpGet?.path ?? (container.readinessProbe?.httpGet ? '/' : null),
    withinMs: Math.max(LEAST_START_MS, startMs),
    intervalMs: ready.periodSeconds * 1000,
    timeoutMs: ready.timeoutSeconds * 1000,
    failures: ready.failureThreshold,
  };
}

/** How long a probe may fail after a start before something follows from it, in ms; 0 without a probe. */
function patienceMs(probe: Probe | undefined): number {
  if (!probe) return 0;
  const { initialDelaySeconds = 0, periodSeconds, failureThreshold } = { ...PROBE_DEFAULTS, ...probe };
  return (initialDelaySeconds + periodSeconds * failureThreshold) * 1000;
}

/** The limits of a pod: the sum over its containers, and no limit where one of them has none or it cannot be read. */
export function resourcesOf({ containers }: PodTemplate): ResourceSpec {
  return {
    cpuMillis: Math.round(1000 * (sumOf(containers, 'cpu') ?? 0)),
    memoryBytes: Math.round(sumOf(containers, 'memory') ?? 0),
  };
}

function sumOf(containers: readonly Container[], resource: 'cpu' | 'memory'): number | undefined {
  const limits = containers.map(({ resources }) => quantityOf(resources?.limits?.[resource]));
  return limits.every((limit) => limit !== undefined)
    ? limits.reduce((sum, limit) => sum + limit, 0)
    : undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity of Kubernetes as a number: `500m` is 0.5, `1Gi` is 1073741824; undefined when it is none. */
export function quantityOf(value: string | number | undefined): number | undefined {
  if (typeof value === 'number') return value;
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(value ?? '');
  const amount = Number(match?.[1]);
  return match && Number.isFinite(amount) ? amount * (UNITS[match[2] ?? ''] ?? 1) : undefined;
}
