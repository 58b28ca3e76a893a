import { ok } from '@sluice/core/kernel/result.ts';
import type { ChannelView, SubscriptionView } from '@sluice/protocol/http/channels.ts';
import type { DeliveryView } from '@sluice/protocol/http/deliveries.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { ChannelRegistry } from '../../notify/channel-registry.ts';
import {
  channelInUse,
  unknownChannel,
  unknownDelivery,
  unknownSubscription,
  waitsAlready,
} from '../../notify/channel-refusals.ts';
import type { PageRequest } from '../../rollouts/control-plane.ts';

/** For tests: channels in memory, which tell nobody. */
export interface MemoryChannels extends ChannelRegistry {
  /** By their ids; tests put some in. */
  readonly told: Map<string, DeliveryView>;
}

/** For tests: no channels yet. */
export function memoryChannels(): MemoryChannels {
  const known = new Map<string, ChannelView>();
  const subscribed = new Map<string, SubscriptionView>();
  const told = new Map<string, DeliveryView>();
  const channel = (name: string) => {
    const view = known.get(name);
    return view ? ok(view) : unknownChannel(name);
  };
  return {
    told,
    channels: async (page) => pageOf(known, page),
    channel: async (name) => channel(name),
    put: async (name, { settings }) => {
      known.set(name, { ...WELL, name, kind: settings.kind, settings: { ...settings } });
      return channel(name);
    },
    remove: async (name) => {
      const users = [...subscribed.values()].filter((each) => each.channel === name);
      if (users.length > 0)
        return channelInUse(
          name,
          users.map((each) => each.name),
        );
      const removed = channel(name);
      known.delete(name);
      return removed;
    },
    test: async (name) => (known.has(name) ? ok({ delivered: true, message: null }) : unknownChannel(name)),
    replayDead: async (name) => (known.has(name) ? ok({ replayed: 0 }) : unknownChannel(name)),
    subscriptions: {
      page: async (page) => pageOf(subscribed, page),
      subscription: async (name) => {
        const view = subscribed.get(name);
        return view ? ok(view) : unknownSubscription(name);
      },
      put: async (name, { by: _by, ...request }) => {
        if (!known.has(request.channel)) return unknownChannel(request.channel);
        const view = { ...request, name, withheld: 0, createdAt: SAMPLE_TIME };
        subscribed.set(name, view);
        return ok(view);
      },
      remove: async (name) => {
        const view = subscribed.get(name);
        subscribed.delete(name);
        return view ? ok(view) : unknownSubscription(name);
      },
    },
    deliveries: deliveriesIn(told),
  };
}

const deliveriesIn = (told: Map<string, DeliveryView>): ChannelRegistry['deliveries'] => ({
  page: async ({ channel: of, state }, page) => {
    const wanted = [...told].filter(
      ([, view]) =>
        (of === undefined || view.channel === of) && (state === undefined || view.state === state),
    );
    return pageOf(new Map(wanted), page);
  },
  delivery: async (id) => {
    const view = told.get(id);
    return view ? ok(view) : unknownDelivery(id);
  },
  replay: async (id) => {
    const view = told.get(id);
    if (!view) return unknownDelivery(id);
    if (view.state === 'waiting') return waitsAlready(id);
    const replayed: DeliveryView = {
      ...view,
      state: 'waiting',
      attempts: 0,
      dueAt: SAMPLE_TIME,
      finishedAt: null,
    };
    told.set(id, replayed);
    return ok(replayed);
  },
});

const WELL = {
  ...{ disabledReason: null, waiting: 0, dead: 0, deliveredAt: null, failedAt: null, failure: null },
  failures: 0,
  createdAt: SAMPLE_TIME,
};

function pageOf<View>(all: ReadonlyMap<string, View>, { cursor, limit }: PageRequest) {
  const names = [...all.keys()].toSorted().filter((name) => cursor === null || name > cursor);
  const shown = names.slice(0, limit);
  const next = names.length > limit ? (shown.at(-1) ?? null) : null;
  return { items: shown.flatMap((name) => all.get(name) ?? []), next };
}
