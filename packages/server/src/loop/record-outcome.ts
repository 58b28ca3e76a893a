import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { changeTrack } from './change-track.ts';
import type { TrackStore } from './track-store.ts';

/** Records an outcome that came in from outside the loop, unless nobody waits for it any more. */
export async function recordOutcome(
  store: TrackStore,
  subject: { readonly tenant: string; readonly track: TrackId },
  event: Extract<TrackEvent, { kind: 'checkFinished' }>,
  now: () => Instant,
): Promise<void> {
  const isAwaited = (key: string | undefined): boolean => key === event.key;
  const recorded = await changeTrack(
    store,
    {
      ...subject,
      actor: 'engine',
      decide: ({ active }) => ok(isAwaited(active?.checks?.key) ? [event] : []),
    },
    now,
  );
  if (recorded.ok) return;
  const attempted = `the result of check ${event.name} could not be recorded`;
  throw new SluiceError('conflict', `${attempted}: ${recorded.refusal.message}`, { next: 'retry' });
}
