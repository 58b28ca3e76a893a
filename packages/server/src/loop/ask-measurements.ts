import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { MeasurementResult } from '@sluice/core/rollout/measurement-state.ts';
import { dueMeasurements } from '@sluice/core/rollout/measuring.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { MeasurementDesk } from '../measurements/measurement-desk.ts';
import type { Place } from '../places/places.ts';

/** Who asks, about what, and when. */
export interface MeasuredTrack {
  readonly tenant: string;
  readonly track: TrackState;
  readonly place: Pick<Place, 'asking'>;
  readonly now: Instant;
}

/**
 * What is known of the measurements that are due. The first look that finds one due has it made beside the loop; a later
 * one takes the answer. After a restart it is simply made again.
 */
export function askMeasurements(
  desk: Pick<MeasurementDesk, 'ask'>,
  { tenant, track, place, now }: MeasuredTrack,
): readonly MeasurementResult[] {
  const { active } = track;
  if (active === null) return [];
  return dueMeasurements(active, now).flatMap(({ spec, dueAt }) => {
    const context = { ...place.asking, candidate: active.candidate, stable: active.stable };
    const done = desk.ask({ tenant, track: track.id, key: active.id, spec, dueAt, context });
    if (done === null) return [];
    const { outcome, value, message } = done;
    return [{ name: spec.name, dueAt, at: done.finishedAt, outcome, value, message }];
  });
}
