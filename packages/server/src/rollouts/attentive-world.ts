import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { World } from '../loop/world.ts';
import type { GenerationKeeper, RefusedPlace } from './generation-keeper.ts';
import type { RefusedOrders } from './refused-orders.ts';

/** Who is told of orders that are not carried out. */
export interface Attendants {
  readonly orders: RefusedOrders;
  readonly keeper: Pick<GenerationKeeper, 'heed'>;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** A world in which it is noted which orders are not carried out, and why, so that people need not read logs for it. */
export const attentiveWorld = (world: World, attendants: Attendants): World => ({
  observe: (tenant, track) => world.observe(tenant, track),
  perform: async (tenant, track, effect, generation) => {
    const { orders, now } = attendants;
    try {
      await world.perform(tenant, track, effect, generation);
      orders.obeyed({ tenant, track: track.id }, effect);
    } catch (thrown) {
      const failure = SluiceError.from(thrown, `${effect.kind} for ${track.id}`);
      const more = await heeded(attendants, { tenant, track }, failure);
      const reason = more === null ? failure.message : `${failure.message} ${more}`;
      orders.refused({ tenant, track: track.id }, { order: effect, reason, at: now() });
      throw failure;
    }
  },
});

/** The order is given again whether the store answers now or not. */
async function heeded(
  { keeper, log }: Attendants,
  place: RefusedPlace,
  failure: SluiceError,
): Promise<string | null> {
  return keeper.heed(place, failure).catch((thrown: unknown) => {
    const reason = SluiceError.from(thrown, 'raising the version').message;
    log.warn({ track: place.track.id, reason }, 'a version was not raised');
    return null;
  });
}
