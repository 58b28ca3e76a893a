import { MAX_INSTANCES } from '@sluice/core/kernel/limits.ts';
import { LOG_LIMIT_BYTES } from '@sluice/protocol/process/rotate-log.ts';

/** Every number by which the supervisor waits or stops; tests shorten some. */
export interface SupervisorLimits {
  /** The least time between SIGTERM and SIGKILL, in ms; a longer drain time of the revision extends it. */
  readonly termGraceMs: number;
  /** Between two probes of an instance that was never ready, in ms; a shorter probe interval wins. */
  readonly startProbeMs: number;
  /** First pause before a restart, in ms; it doubles with each exit since the instance was last stable. */
  readonly restartBaseMs: number;
  /** Longest pause before a restart, in ms, before jitter. */
  readonly restartCapMs: number;
  /** How long an instance must be ready without a break until its earlier exits are forgiven, in ms. */
  readonly stableMs: number;
  /** Between two looks at a process that is not our child, in ms. */
  readonly adoptedLookMs: number;
  /** Between two looks at the requests that a draining instance still has, in ms. */
  readonly drainLookMs: number;
  /** Between two looks at log sizes, in ms. */
  readonly logLookMs: number;
  readonly logBytes: number;
  /** Between two looks at memory, in ms. */
  readonly memoryLookMs: number;
  /** Between two searches for processes of ours that nothing expects, in ms. */
  readonly orphanLookMs: number;
  /** Between two attempts to tell the router of a change, in ms. */
  readonly routerRetryMs: number;
  /** Instances that one revision may be ordered to run. */
  readonly instances: number;
}

/** What a host uses. */
export const SUPERVISOR_LIMITS: SupervisorLimits = {
  termGraceMs: 5000,
  startProbeMs: 50,
  restartBaseMs: 250,
  restartCapMs: 30_000,
  // As long as the window in which three exits count as a crash loop, so that no such loop is forgiven.
  stableMs: 60_000,
  adoptedLookMs: 250,
  drainLookMs: 20,
  logLookMs: 1000,
  logBytes: LOG_LIMIT_BYTES,
  memoryLookMs: 1000,
  orphanLookMs: 30_000,
  routerRetryMs: 500,
  instances: MAX_INSTANCES,
};
