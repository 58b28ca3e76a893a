import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import type { Fault, Quality } from '../script/script.ts';

/** What is known of one rollout when it has ended. */
export interface Ended {
  readonly rollout: Rollout;
  readonly quality: Quality;
  /** What it was compared with; null for a first release. */
  readonly stableQuality: Quality | null;
  /** From its turn to its end. */
  readonly from: Instant;
  readonly to: Instant;
  /** Facts that a person caused. */
  readonly byPerson: readonly TrackEvent['kind'][];
  /** Faults that were there in its time. */
  readonly faults: readonly Fault[];
}
