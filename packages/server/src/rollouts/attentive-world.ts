import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { World } from '../loop/world.ts';
import type { RefusedOrders } from './refused-orders.ts';

/** A world in which it is noted which orders are not carried out, and why, so that people need not read logs for it. */
export const attentiveWorld = (world: World, orders: RefusedOrders, now: () => Instant): World => ({
  observe: (tenant, track) => world.observe(tenant, track),
  perform: async (tenant, track, effect, generation) => {
    const place = { tenant, track: track.id };
    try {
      await world.perform(tenant, track, effect, generation);
      orders.obeyed(place, effect);
    } catch (thrown) {
      const failure = SluiceError.from(thrown, `${effect.kind} for ${track.id}`);
      orders.refused(place, { order: effect, reason: failure.message, at: now() });
      throw failure;
    }
  },
});
