import type { Instant } from '@sluice/core/kernel/instant.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { transition } from '@sluice/core/rollout/transition.ts';
import { commitOf } from './commit-of.ts';
import type { TrackStore } from './track-store.ts';

/** Writers that may be first, one after another, before giving up. */
const ATTEMPTS = 20;

/** Records an outcome that came in from outside the loop, and lets the loop look at the track at once. */
export async function recordOutcome(
  store: TrackStore,
  subject: { readonly tenant: string; readonly track: TrackId },
  event: Extract<TrackEvent, { kind: 'checkFinished' }>,
  now: () => Instant,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await store.load(subject.tenant, subject.track);
    if (!before?.active || before.active.checks?.key !== event.key) return;
    const commit = commitOf({
      tenant: subject.tenant,
      before,
      after: transition(before, event),
      events: [event],
      effects: [],
      nextWakeAt: now(),
      actor: 'engine',
    });
    if ((await store.commit(commit)) === 'committed') return;
  }
  throw new SluiceError('conflict', `the result of check ${event.name} could not be recorded`, {
    next: 'retry',
  });
}
