/**
 * Purpose: refuses what would wait beyond the limits of its queue, or of its fairness key.
 *
 * Owns, in memory, what `queue-room.ts` remembers of each. What holds is what the revision says that gets the most of the
 * tasks. 1. Either all tasks of a request have room or none. 2. Several servers may together go beyond a limit by what they
 * take in within the seconds for which a count is good.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { limitsOfKey, type LimitsSpec, NO_LIMITS } from '@sluice/core/tasks/rate-limits.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { latestFew } from './latest-few.ts';
import { type PlacesTaken, queueRoom, type QueueRoom, ROOM_FOR_MS } from './queue-room.ts';
import { rememberedFor } from './remembered-for.ts';
import { servedBy } from './served-by.ts';
import { keyFull, queueFull } from './task-refusals.ts';
import type { TaskEngine } from './task-engine.ts';
import type { KnownTerms } from './task-terms.ts';

/** What limits of waiting tasks work with. */
export interface WaitingLimitsPorts {
  readonly engine: Pick<TaskEngine, 'dealt'>;
  readonly terms: Pick<KnownTerms, 'of'>;
  /** How many tasks wait, of one fairness key or, with null, of all; no more than `limit` are counted. */
  readonly countWaiting: (
    tenant: string,
    which: { readonly queue: TrackId; readonly key: string | null; readonly limit: number },
  ) => Promise<number>;
  /** Milliseconds that never go back. */
  readonly elapsedMs: () => number;
}

/** Whether tasks may come in. */
export interface WaitingLimits {
  /**
   * Keeps room for tasks, of which the fairness keys are given, until it is told how many of them came in.
   * Refused with 429 where there is none.
   */
  keep(tenant: string, queue: TrackId, keys: readonly string[]): Promise<Result<PlacesTaken, Problem>>;
}

/** Queues and keys whose counts are remembered. */
const MOST_ROOMS = 10_000;
/** How long it is remembered which revision gets the most of the tasks, in ms. */
const DEALT_MS = 1_000;

/** Starts with nothing counted. */
export function waitingLimits(ports: WaitingLimitsPorts): WaitingLimits {
  const { elapsedMs, countWaiting } = ports;
  const rooms = latestFew<QueueRoom>(MOST_ROOMS);
  const limitsOf = rememberedFor<LimitsSpec>({
    ...{ forMs: DEALT_MS, elapsedMs },
    read: (key) => limitsInForce(ports, JSON.parse(key) as [string, TrackId]),
  });
  const roomOf = (tenant: string, queue: TrackId, { key, limit }: Bound): QueueRoom => {
    const name = JSON.stringify([tenant, queue, key, limit]);
    const known = rooms.get(name);
    const records = {
      countOpen: (of: string, which: { queue: TrackId; limit: number }) =>
        countWaiting(of, { ...which, key }),
    };
    const room = known ?? queueRoom({ records, elapsedMs, limit });
    if (!known) rooms.set(name, room);
    return room;
  };
  return {
    keep: async (tenant, queue, keys) => {
      const limits = await limitsOf(JSON.stringify([tenant, queue]));
      const kept: PlacesTaken[] = [];
      for (const bound of boundsOf(limits, keys)) {
        const giveUp = (): void => kept.forEach((taken) => taken(0));
        const keeping = roomOf(tenant, queue, bound).keep(tenant, queue, bound.count);
        const taken = await keeping.catch((thrown: unknown) => {
          giveUp();
          throw thrown;
        });
        if (taken === null) {
          giveUp();
          return refusalOf(queue, bound);
        }
        // Of several keys it is not told which came in: all of them, at worst for some seconds.
        kept.push((count) => taken(Math.min(count, bound.count)));
      }
      return ok((count) => {
        for (const taken of kept) taken(count);
      });
    },
  };
}

const refusalOf = (queue: TrackId, { key, limit }: Bound) =>
  key === null ? queueFull(queue, limit, ROOM_FOR_MS) : keyFull(queue, { key, limit }, ROOM_FOR_MS);

async function limitsInForce(
  { engine, terms }: WaitingLimitsPorts,
  [tenant, queue]: [string, TrackId],
): Promise<LimitsSpec> {
  const dealt = await engine.dealt(tenant, queue);
  const heir = dealt === null ? null : servedBy(dealt.split).heir;
  return heir === null ? NO_LIMITS : (await terms.of(tenant, queue, heir)).limits;
}

interface Bound {
  /** Null for the whole queue. */
  readonly key: string | null;
  readonly limit: number;
  /** How many would come in. */
  readonly count: number;
}

function boundsOf(limits: LimitsSpec, keys: readonly string[]): readonly Bound[] {
  const { waiting } = limits.queue;
  const whole = waiting === null ? [] : [{ key: null, limit: waiting, count: keys.length }];
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const single = [...counts].flatMap(([key, count]) => {
    const limit = limitsOfKey(limits, key).waiting;
    return limit === null ? [] : [{ key, limit, count }];
  });
  return [...whole, ...single];
}
