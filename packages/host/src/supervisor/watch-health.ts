import { setTimeout as wait } from 'node:timers/promises';
import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { afterProbe, givenUpAt, type Health, type HealthCourse } from './health-course.ts';
import { probeHealth } from './health-probe.ts';

/** What a health watch needs and whom it tells. */
export interface HealthWatch {
  readonly port: number;
  /** As `Probe.cutOff`. */
  readonly cutOff?: number | undefined;
  /** Asked before each probe: an order may change it. */
  health(): Health;
  /** Between probes of an instance that never was ready, in ms. */
  readonly startProbeMs: number;
  /** Told after each probe; `fault` says why the probe failed, null when it did not. */
  onProbe(course: HealthCourse, fault: string | null): void;
}

/**
 * Probes a process until the signal ends the watch (then null) or the process has to be given up (then why, in words).
 * Times are those of `performance.now()`: a clock that is set must not look like a long silence.
 */
export async function watchHealth(
  watch: HealthWatch,
  begin: HealthCourse,
  signal: AbortSignal,
): Promise<string | null> {
  let course = begin;
  let lastFault: string | null = null;
  while (!signal.aborted) {
    const health = watch.health();
    const leftMs = givenUpAt(course, health) - performance.now();
    // A host that got no processor time has not looked meanwhile: the instance is due a whole probe all the same.
    const hasOverslept = leftMs < -health.intervalMs;
    const timeoutMs = hasOverslept
      ? health.timeoutMs
      : Math.max(1, Math.ceil(Math.min(health.timeoutMs, leftMs)));
    const found = await probeHealth(
      { path: health.path, port: watch.port, cutOff: watch.cutOff, timeoutMs },
      signal,
    );
    if (signal.aborted) return null;
    // The last probe may be cut short by the end of the time; then the one before tells more.
    const fault: string | null =
      found !== null && timeoutMs < health.timeoutMs ? (lastFault ?? found) : found;
    lastFault = fault;
    course = afterProbe(course, fault === null, performance.now(), health);
    watch.onProbe(course, fault);
    if (performance.now() >= givenUpAt(course, health)) return givenUp(course, health, fault);
    await pause(course, watch.startProbeMs, health, signal);
  }
  return null;
}

async function pause(
  course: HealthCourse,
  startProbeMs: number,
  health: Health,
  signal: AbortSignal,
): Promise<void> {
  const everyMs = course.phase === 'starting' ? Math.min(startProbeMs, health.intervalMs) : health.intervalMs;
  const leftMs = Math.max(1, givenUpAt(course, health) - performance.now());
  await wait(Math.min(everyMs, leftMs), undefined, { signal }).catch(() => undefined);
}

function givenUp(course: HealthCourse, health: Health, fault: string | null): string {
  const why = fault === null ? '' : ` (${fault})`;
  return course.phase === 'starting'
    ? `not ready within ${formatDuration(health.withinMs)}${why}`
    : `not ready any more for ${formatDuration(Math.round(performance.now() - course.since))}${why}`;
}
