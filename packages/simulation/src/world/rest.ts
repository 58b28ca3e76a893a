import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { weightOf } from './tables.ts';

/** Whether nothing is under way, owed or kept any more, and only stable runs, in full. */
export function isAtRest(track: TrackState, host: SimulatedHost, now: Instant): boolean {
  const { active, queue, retained, capacity, stable, splitConfirmed } = track;
  if (active !== null || queue.length > 0 || retained.length > 0 || !splitConfirmed || host.isDown)
    return false;
  const expected = stable === null ? 0 : 1;
  if (Object.keys(capacity).length !== expected || host.revisions.size !== expected) return false;
  const share = (split: Split | undefined): number => (stable === null ? 0 : weightOf(split ?? null, stable));
  const isServed = (split: Split | undefined): boolean =>
    stable === null ? (split?.weights.length ?? 0) === 0 : share(split) === 10_000;
  if (!host.tables.every((table) => isServed(table?.split))) return false;
  if (stable === null) return true;
  const running = host.revisions.get(stable);
  return running !== undefined && running.ordered > 0 && running.ready(now) === running.ordered;
}
