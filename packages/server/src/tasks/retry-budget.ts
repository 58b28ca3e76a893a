/**
 * Purpose: keeps retries from becoming most of the work when everything fails.
 *
 * Owns, in memory: what this server has seen of each queue in the last minute. Retries may be a part of the attempts of that
 * time, and always a few, so that a queue with little work has some.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { latestFew } from './latest-few.ts';

/** How many retries there may be. */
export interface RetryBudgetLimits {
  /** Retries per attempt of the last minute, from 0. */
  readonly part: number;
  /** So many there may be in any minute. */
  readonly least: number;
}

/** What a server has that says nothing else. */
export const DEFAULT_RETRY_BUDGET: RetryBudgetLimits = { part: 0.5, least: 100 };

/** Counts retries against attempts. */
export interface RetryBudget {
  hasLeft(tenant: string, queue: TrackId, at: Instant): boolean;
  note(tenant: string, queue: TrackId, at: Instant, what: 'attempt' | 'retry'): void;
}

/** Queues whose attempts are remembered; of more than that, those with the latest attempts. */
const MOST_QUEUES = 10_000;
const SLICE_MS = 10_000;
const SLICES = 6;

interface Slice {
  readonly begins: Instant;
  attempts: number;
  retries: number;
}

/** Starts with nothing seen. */
export function retryBudget({ part, least }: RetryBudgetLimits): RetryBudget {
  const queues = latestFew<Slice[]>(MOST_QUEUES);
  const recent = (tenant: string, queue: TrackId, at: Instant): Slice[] => {
    const key = `${tenant} ${queue}`;
    const kept = (queues.get(key) ?? []).filter(({ begins }) => begins > at - SLICES * SLICE_MS);
    queues.set(key, kept);
    return kept;
  };
  return {
    hasLeft: (tenant, queue, at) => {
      const slices = recent(tenant, queue, at);
      const attempts = slices.reduce((sum, slice) => sum + slice.attempts, 0);
      const retries = slices.reduce((sum, slice) => sum + slice.retries, 0);
      return retries < Math.max(least, part * attempts);
    },
    note: (tenant, queue, at, what) => {
      const slices = recent(tenant, queue, at);
      const begins = Math.floor(at / SLICE_MS) * SLICE_MS;
      const last = slices.at(-1);
      const slice = last?.begins === begins ? last : { begins, attempts: 0, retries: 0 };
      if (slice !== last) slices.push(slice);
      slice.attempts += 1;
      if (what === 'retry') slice.retries += 1;
    },
  };
}
