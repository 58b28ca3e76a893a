import type { Logger } from 'pino';
import { hash32 } from '@sluice/core/kernel/hash.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { decide, type Decision, type Pace } from '@sluice/core/rollout/decide.ts';
import { isTransient } from '@sluice/core/rollout/events.ts';
import { brokenInvariants } from '@sluice/core/rollout/invariants.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { commitOf } from './commit-of.ts';
import { describeEvent } from './describe-event.ts';
import { LOOK_AFTER_ORDERS_MS, type OrderDesk } from './order-desk.ts';
import { stretchedPace } from './stretched-pace.ts';
import type { Stock } from '../store/stock/take-stock.ts';
import type { ClaimedTrack, TrackStore } from './track-store.ts';
import { type StoppingVerdict, verdictOf } from './verdict-of.ts';
import type { World } from './world.ts';

/** What the work on a track needs. */
export interface Workshop {
  readonly store: TrackStore;
  readonly world: Pick<World, 'observe'>;
  readonly orders: Pick<OrderDesk, 'give'>;
  /** As wanted; under load it is stretched (`stretched-pace.ts`). */
  readonly pace: Pace;
  readonly now: () => Instant;
  readonly log: Logger;
  readonly instruments: LoopInstruments;
}

/** What the loop counts; times in seconds. */
export interface LoopInstruments {
  /** From due to committed. */
  lag(seconds: number): void;
  decided(seconds: number): void;
  settled(result: 'committed' | 'unchanged' | 'conflict' | 'failed'): void;
  performed(effect: string, outcome: 'done' | 'refused-as-stale' | 'failed'): void;
  observationFailed(port: 'target' | 'router' | 'metrics'): void;
  /** A verdict held a rollout or took it back. */
  stopped(verdict: StoppingVerdict): void;
  finished(outcome: 'succeeded' | 'rolled-back'): void;
  /** Where what is stored can be counted, for as long as the loop runs. */
  stockFrom(reader: () => Promise<Stock>): void;
}

/** A claimed track in the loop that claimed it. */
export interface DueTrack extends ClaimedTrack {
  /** Nobody has looked at it since the loop began, or since the clock was set back. */
  readonly isFirst: boolean;
}

/** observe → decide → commit → order, once, for one claimed track. */
export async function workOnTrack(shop: Workshop, claimed: DueTrack): Promise<void> {
  const { track, tenant } = claimed;
  const observation = await shop.world.observe(tenant, track);
  countFailures(shop, observation);
  const begun = performance.now();
  const decision = decide(track, observation, paceOf(shop, claimed));
  shop.instruments.decided((performance.now() - begun) / 1000);
  const version = await settle(shop, claimed, decision);
  if (version === null) return;
  const committed = { ...decision.track, version };
  reportInvariants(shop, committed, observation);
  shop.orders.give({ tenant, track: committed, effects: decision.effects });
}

/** Only the looks at live rollouts are many; what was looked at as idle has no pace to go on from. */
function paceOf({ pace, now }: Workshop, claimed: DueTrack): Pace {
  const { track } = claimed;
  return track.active === null
    ? pace
    : stretchedPace(pace, { ...claimed, now: now(), place: placeOf(track) });
}

/** A track's place among the others, from 0 to 1, another one at each version. */
const placeOf = ({ id, version }: TrackState): number => hash32(`${id} ${version}`) / 2 ** 32;

function countFailures({ instruments }: Workshop, { target, router, metrics }: Observation): void {
  if (target.kind === 'unreachable') instruments.observationFailed('target');
  if (router.kind === 'unreachable') instruments.observationFailed('router');
  if (metrics.kind === 'provider-error') instruments.observationFailed('metrics');
}

/** Commits a decision; returns the version it rests on, or null when somebody else was first. */
async function settle(shop: Workshop, claimed: ClaimedTrack, decision: Decision): Promise<number | null> {
  const { track, tenant } = claimed;
  // An order that is given again because it was refused is in no hurry.
  const isNew = decision.effects.length > 0 && decision.events.some((event) => !isTransient(event));
  const soon = isNew ? shop.now() + LOOK_AFTER_ORDERS_MS : decision.wakeAt;
  const nextWakeAt = Math.min(decision.wakeAt, soon);
  if (decision.events.length === 0) {
    await shop.store.reschedule(tenant, track, nextWakeAt);
    shop.instruments.settled('unchanged');
    return track.version;
  }
  const { events, effects } = decision;
  const commit = commitOf({
    tenant,
    before: track,
    after: decision.track,
    events,
    effects,
    nextWakeAt,
    actor: 'engine',
    isClaimed: true,
  });
  const outcome = await shop.store.commit(commit);
  shop.instruments.settled(outcome);
  if (outcome === 'conflict') return null;
  shop.instruments.lag((shop.now() - claimed.dueAt) / 1000);
  logEvents(shop, commit);
  return commit.track.version;
}

function logEvents({ log, instruments }: Workshop, { track, events }: ReturnType<typeof commitOf>): void {
  for (const { event, rollout } of events) {
    log.info({ track: track.id, rollout, event: event.kind, words: describeEvent(event) }, 'decided');
    const verdict = verdictOf(event);
    if (verdict !== undefined) instruments.stopped(verdict);
    if (event.kind === 'rolloutSucceeded') instruments.finished('succeeded');
    if (event.kind === 'rolloutRolledBack') instruments.finished('rolled-back');
  }
}

function reportInvariants(shop: Workshop, track: TrackState, observation: Observation): void {
  const broken = brokenInvariants(track, observation);
  if (broken.length > 0) shop.log.error({ track: track.id, broken }, 'an invariant is broken');
}
