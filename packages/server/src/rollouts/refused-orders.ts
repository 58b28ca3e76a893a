import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';

/** An order that was not carried out, and has not been since. */
export interface RefusedOrder {
  readonly order: Effect;
  /** What the target or the router said, in a sentence. */
  readonly reason: string;
  readonly at: Instant;
}

/** Whose orders: tracks of the same name in two tenants are two tracks. */
export interface OrderPlace {
  readonly tenant: string;
  readonly track: TrackState['id'];
}

/** A track gives an order per revision and one for its split; more are orders of long ago that nobody gives any more. */
const MOST_PER_TRACK = 32;

/**
 * The last refusal of each order, until the order is carried out.
 * Owns: nothing durable. An order that is still due is given again at the next look, also after a restart and by
 * another replica, and then the refusal is known again.
 */
export class RefusedOrders {
  readonly #tracks = new Map<string, ReadonlyMap<string, RefusedOrder>>();

  /** Notes that an order was not carried out. */
  refused(place: OrderPlace, refused: RefusedOrder): void {
    const others = [...(this.#tracks.get(keyOf(place)) ?? [])].filter(
      ([thing]) => thing !== thingOf(refused.order),
    );
    const kept = others.slice(1 - MOST_PER_TRACK);
    this.#tracks.set(keyOf(place), new Map([...kept, [thingOf(refused.order), refused]]));
  }

  /** Forgets what was said of an order that has been carried out. */
  obeyed(place: OrderPlace, order: Effect): void {
    const known = this.#tracks.get(keyOf(place));
    if (!known?.has(thingOf(order))) return;
    const left = new Map([...known].filter(([thing]) => thing !== thingOf(order)));
    if (left.size > 0) this.#tracks.set(keyOf(place), left);
    else this.#tracks.delete(keyOf(place));
  }

  /** The refusals of orders that are still due, in the order of these. */
  among(place: OrderPlace, due: readonly Effect[]): readonly RefusedOrder[] {
    const known = this.#tracks.get(keyOf(place));
    return due.flatMap((order) => known?.get(thingOf(order)) ?? []);
  }
}

const keyOf = ({ tenant, track }: OrderPlace): string => `${tenant} ${track}`;

/** What an order is about: the next order for the same thing takes its place. */
const thingOf = (order: Effect): string =>
  order.kind === 'applySplit' ? 'split' : `${order.kind} ${order.revision}`;

/** An order in words, to stand after `ordered`: `2 instances of v2`. */
export function describeOrder(order: Effect, { revisions }: TrackState): string {
  if (order.kind === 'applySplit') return 'the split of the traffic';
  const version = revisions[order.revision]?.version ?? order.revision;
  switch (order.kind) {
    case 'applyCapacity':
      return `${order.instances} instance${order.instances === 1 ? '' : 's'} of ${version}`;
    case 'retireRevision':
      return `the end of ${version}`;
    case 'runChecks':
      return `the checks ${order.names.join(', ')} of ${version}`;
  }
}
