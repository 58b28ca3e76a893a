import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { decide, type Decision, type Pace } from '@sluice/core/rollout/decide.ts';
import { brokenInvariants } from '@sluice/core/rollout/invariants.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { commitOf } from './commit-of.ts';
import type { ClaimedTrack, TrackStore } from './track-store.ts';
import type { World } from './world.ts';

/** What the work on a track needs. */
export interface Workshop {
  readonly store: TrackStore;
  readonly world: World;
  readonly pace: Pace;
  readonly now: () => Instant;
  readonly log: Logger;
  readonly instruments: LoopInstruments;
}

/** What the loop counts. */
export interface LoopInstruments {
  /** Seconds from due to committed. */
  lag(seconds: number): void;
  committed(events: number): void;
  conflicted(): void;
  effectFailed(kind: string): void;
  invariantBroken(): void;
}

/** After orders were given the world changes within moments: look again soon, in milliseconds. */
const LOOK_AFTER_EFFECTS_MS = 150;

/** observe → decide → commit → perform, once, for one claimed track. */
export async function workOnTrack(shop: Workshop, claimed: ClaimedTrack): Promise<void> {
  const { track, tenant } = claimed;
  const observation = await shop.world.observe(tenant, track);
  const decision = decide(track, observation, shop.pace);
  const version = await settle(shop, claimed, decision);
  if (version === null) return;
  reportInvariants(shop, { ...decision.track, version }, observation);
  await performAll(shop, tenant, { ...decision.track, version }, decision, version);
}

/** Commits a decision; returns the version it rests on, or null when somebody else was first. */
async function settle(shop: Workshop, claimed: ClaimedTrack, decision: Decision): Promise<number | null> {
  const { track, tenant } = claimed;
  const soon = decision.effects.length > 0 ? shop.now() + LOOK_AFTER_EFFECTS_MS : decision.wakeAt;
  const nextWakeAt = Math.min(decision.wakeAt, soon);
  if (decision.events.length === 0) {
    await shop.store.reschedule(tenant, track.id, nextWakeAt);
    return track.version;
  }
  const commit = commitOf({
    tenant,
    before: track,
    after: decision.track,
    events: decision.events,
    effects: decision.effects,
    nextWakeAt,
    actor: 'engine',
  });
  const outcome = await shop.store.commit(commit);
  if (outcome === 'conflict') {
    shop.instruments.conflicted();
    return null;
  }
  shop.instruments.committed(decision.events.length);
  shop.instruments.lag((shop.now() - claimed.dueAt) / 1000);
  return commit.track.version;
}

function reportInvariants(
  shop: Workshop,
  track: TrackState,
  observation: Parameters<typeof brokenInvariants>[1],
): void {
  const broken = brokenInvariants(track, observation);
  if (broken.length === 0) return;
  shop.instruments.invariantBroken();
  shop.log.error({ track: track.id, broken }, 'an invariant is broken');
}

async function performAll(
  shop: Workshop,
  tenant: string,
  track: TrackState,
  decision: Decision,
  generation: number,
): Promise<void> {
  for (const effect of decision.effects) {
    try {
      await shop.world.perform(tenant, track, effect, generation);
    } catch (thrown) {
      const failure = SluiceError.from(thrown, `${effect.kind} for ${track.id}`);
      shop.instruments.effectFailed(effect.kind);
      shop.log.warn(
        { track: track.id, effect: effect.kind, reason: failure.message },
        'an order could not be carried out',
      );
    }
  }
}
