import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { HealthSpec } from '@sluice/core/rollout/component-spec.ts';
import { secondsOf } from './quantities.ts';

/** A starting pod is asked at least this often, so that a step does not wait for a long probe interval. */
const STARTUP_PERIOD_SECONDS = 2;

/** A running process is asked no more often than this whether it must be killed. */
const MIN_LIVENESS_PERIOD_SECONDS = 10;

/** One slow answer is no reason to kill anything. */
const MIN_LIVENESS_FAILURES = 3;

/**
 * How many times as long it takes to be killed as to be taken out of the traffic. A path of its own says that the process
 * is broken; the readiness path may only say that something behind it is, and killing would not help.
 */
const LIVENESS_PATIENCE = { ownPath: 3, readinessPath: 6 };

/** Where workers of agents accept connections while they are ready, as nothing else asks them anything. */
export const READINESS_PORT = 8080;

/**
 * The probe of a worker of agents: ready while it is connected to its server. That it is not is no reason to kill it: it may
 * work on something, and a server that is away for a while would take all workers with it.
 */
export const renderWorkerProbe = (health: HealthSpec): JsonObject => ({
  readinessProbe: {
    tcpSocket: { port: READINESS_PORT },
    periodSeconds: Math.min(secondsOf(health.intervalMs), STARTUP_PERIOD_SECONDS),
    timeoutSeconds: secondsOf(health.timeoutMs),
    failureThreshold: Math.max(1, health.failures),
  },
});

/**
 * Startup, readiness and liveness probes of a container. The startup probe allows at least `health.withinMs`; until it
 * succeeds nobody asks for liveness. Liveness is always given more time than readiness, so a pod that is too busy is
 * relieved before it is killed.
 */
export function renderProbes(health: HealthSpec, port: number, livenessPath: string | null): JsonObject {
  const period = secondsOf(health.intervalMs);
  const startupPeriod = Math.min(period, STARTUP_PERIOD_SECONDS);
  const timeoutSeconds = secondsOf(health.timeoutMs);
  const patience = livenessPath === null ? LIVENESS_PATIENCE.readinessPath : LIVENESS_PATIENCE.ownPath;
  const failures = Math.max(1, health.failures);
  const livenessPeriod = Math.max(period, MIN_LIVENESS_PERIOD_SECONDS);
  return {
    startupProbe: {
      ...handler(health.path, port),
      periodSeconds: startupPeriod,
      timeoutSeconds,
      failureThreshold: Math.max(1, Math.ceil(health.withinMs / 1000 / startupPeriod)),
    },
    readinessProbe: {
      ...handler(health.path, port),
      periodSeconds: period,
      timeoutSeconds,
      failureThreshold: failures,
    },
    livenessProbe: {
      ...handler(livenessPath ?? health.path, port),
      periodSeconds: livenessPeriod,
      timeoutSeconds,
      failureThreshold: Math.max(
        MIN_LIVENESS_FAILURES,
        Math.ceil((failures * period * patience) / livenessPeriod),
      ),
    },
  };
}

const handler = (path: string | null, port: number): JsonObject =>
  path === null ? { tcpSocket: { port } } : { httpGet: { path, port } };
