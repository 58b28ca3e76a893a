import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { Counter, Histogram, type Registry } from 'prom-client';

/** A revision of agents, as series are named after it. */
export interface AttemptLine {
  readonly queue: TrackId;
  readonly revision: RevisionId;
}

/** Counts what this server sees of attempts at tasks. */
export interface AttemptInstruments {
  /** A task was given to a worker. */
  began(line: AttemptLine, waitedMs: number): void;
  /** An attempt has ended, and counted. */
  ended(line: AttemptLine, outcome: { readonly hasFailed: boolean; readonly durationMs: number }): void;
}

/** From a task that a line of code does to one that takes a model most of an hour. */
const BUCKETS_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800, 3_600];
/** Revisions that have series; of more, the one of which nothing was heard for the longest loses its own. */
const MOST_LINES = 200;
const LABELS = ['track', 'revision'] as const;
const OUTCOMES = ['succeeded', 'failed'] as const;

/** Makes the instruments of attempts, with a bounded number of series. */
export function attemptInstruments(registry: Registry): AttemptInstruments {
  const shape = { buckets: BUCKETS_SECONDS, registers: [registry] };
  const waits = new Histogram({
    ...{ name: 'agent_task_wait_seconds', labelNames: LABELS, ...shape },
    help: 'Time from the moment at which a task came in to its first attempt.',
  });
  const durations = new Histogram({
    ...{ name: 'agent_task_duration_seconds', labelNames: [...LABELS, 'outcome'] as const, ...shape },
    help: 'Time of an attempt at a task, by how it ended.',
  });
  const attempts = new Counter({
    name: 'agent_task_attempts_total',
    help: 'Attempts at tasks that have ended, by how.',
    labelNames: [...LABELS, 'outcome'] as const,
    registers: [registry],
  });
  const lately = new Map<string, { readonly track: TrackId; readonly revision: RevisionId }>();
  const labelsOf = ({ queue, revision }: AttemptLine) => {
    const key = `${queue} ${revision}`;
    const labels = { track: queue, revision };
    lately.delete(key);
    lately.set(key, labels);
    const [oldest] = lately;
    if (oldest === undefined || lately.size <= MOST_LINES) return labels;
    lately.delete(oldest[0]);
    waits.remove(oldest[1]);
    for (const outcome of OUTCOMES) {
      durations.remove({ ...oldest[1], outcome });
      attempts.remove({ ...oldest[1], outcome });
    }
    return labels;
  };
  return {
    began: (line, waitedMs) => waits.observe(labelsOf(line), Math.max(0, waitedMs) / 1000),
    ended: (line, { hasFailed, durationMs }) => {
      const labels = { ...labelsOf(line), outcome: hasFailed ? 'failed' : 'succeeded' };
      durations.observe(labels, durationMs / 1000);
      attempts.inc(labels);
    },
  };
}
