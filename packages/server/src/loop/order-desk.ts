/**
 * Purpose: carries out what was decided, beside the looks, so that a place that is slow or away holds up no other track.
 *
 * Owns, in memory: what is under way. 1. An order that is under way is not given again; another one of the same thing is,
 * and fencing sees to it that the later one wins. 2. The orders of one look follow each other. 3. What fails is told and left to
 * the next look, which gives it again for as long as it is needed.
 */
import type { Logger } from 'pino';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { World } from './world.ts';

/** What carrying out orders needs. */
export interface OrderDeskPorts {
  readonly world: Pick<World, 'perform'>;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly performed: (effect: string, outcome: 'done' | 'refused-as-stale' | 'failed') => void;
  /** Told of a track whose orders were done after its next look may have been: it should be looked at again. */
  readonly done: (track: TrackId) => void;
}

/** The orders of one commit. */
export interface Orders {
  readonly tenant: string;
  /** As committed: its version is the generation of the orders. */
  readonly track: TrackState;
  readonly effects: readonly Effect[];
}

/** Carries out orders. */
export interface OrderDesk {
  /** Begins what is not under way, and returns at once. */
  give(orders: Orders): void;
  /** Ends when nothing is under way. */
  settled(): Promise<void>;
}

/** After orders were given the world changes within moments: look again soon, in milliseconds. */
export const LOOK_AFTER_ORDERS_MS = 150;

/** Starts with nothing under way. */
export function orderDesk(ports: OrderDeskPorts): OrderDesk {
  const underWay = new Map<string, { readonly text: string }>();
  const running = new Set<Promise<void>>();

  const carryOut = async (orders: Orders, effect: Effect): Promise<void> => {
    const thing = `${orders.tenant} ${orders.track.id} ${thingOf(effect)}`;
    const text = canonicalJson(effect);
    if (underWay.get(thing)?.text === text) return;
    const mine = { text };
    underWay.set(thing, mine);
    await perform(ports, orders, effect);
    if (underWay.get(thing) === mine) underWay.delete(thing);
  };

  const carryOutAll = async (orders: Orders): Promise<void> => {
    const begun = ports.now();
    for (const effect of orders.effects) await carryOut(orders, effect);
    if (ports.now() - begun > LOOK_AFTER_ORDERS_MS) ports.done(orders.track.id);
  };

  return {
    give: (orders) => {
      if (orders.effects.length === 0) return;
      const task = carryOutAll(orders).finally(() => running.delete(task));
      running.add(task);
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** Of two orders of the same thing the later one counts. */
function thingOf(effect: Effect): string {
  if (effect.kind === 'applySplit') return 'split';
  return effect.kind === 'runChecks' ? `checks ${effect.key}` : `revision ${effect.revision}`;
}

async function perform(
  { world, log, performed }: OrderDeskPorts,
  { tenant, track }: Orders,
  effect: Effect,
): Promise<void> {
  try {
    await world.perform(tenant, track, effect, track.version);
    performed(effect.kind, 'done');
  } catch (thrown) {
    const failure = SluiceError.from(thrown, `${effect.kind} for ${track.id}`);
    performed(effect.kind, failure.code === 'refused-as-stale' ? 'refused-as-stale' : 'failed');
    const fields = { track: track.id, effect: effect.kind, reason: failure.message };
    log.warn(fields, 'an order could not be carried out');
  }
}
