import type { z } from 'zod';
import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import {
  type ChannelTestView,
  type ChannelView,
  channelPageSchema,
  type channelRequestSchema,
  channelSchema,
  channelTestSchema,
  type SubscriptionView,
  subscriptionPageSchema,
  type subscriptionRequestSchema,
  subscriptionSchema,
} from './channels.ts';
import {
  type DeliveryView,
  deliveryPageSchema,
  deliverySchema,
  type ReplayedView,
  replayedSchema,
} from './deliveries.ts';
import type { PageView } from './pages.ts';

/** What a channel is to be, before its defaults are filled in. */
export type ChannelInput = z.input<typeof channelRequestSchema>;

/** Who is to hear what, before its defaults are filled in. */
export type SubscriptionInput = z.input<typeof subscriptionRequestSchema>;

/** Which deliveries are wanted. */
export type DeliveryWish = {
  readonly channel?: string | undefined;
  readonly state?: DeliveryView['state'] | undefined;
} & PageWish;

/** The operations on channels, subscriptions and deliveries. */
export interface ChannelCalls {
  channels(page: PageWish): Promise<ApiReply<PageView<ChannelView>>>;
  channel(name: string): Promise<ApiReply<ChannelView>>;
  putChannel(name: string, request: ChannelInput): Promise<ApiReply<ChannelView>>;
  removeChannel(name: string, by?: string): Promise<ApiReply<ChannelView>>;
  /** Tells it something at once. */
  testChannel(name: string, by?: string): Promise<ApiReply<ChannelTestView>>;
  /** Tells again what was given up. */
  replayChannel(name: string, by?: string): Promise<ApiReply<ReplayedView>>;
  subscriptions(page: PageWish): Promise<ApiReply<PageView<SubscriptionView>>>;
  subscription(name: string): Promise<ApiReply<SubscriptionView>>;
  putSubscription(name: string, request: SubscriptionInput): Promise<ApiReply<SubscriptionView>>;
  removeSubscription(name: string, by?: string): Promise<ApiReply<SubscriptionView>>;
  deliveries(filter: DeliveryWish): Promise<ApiReply<PageView<DeliveryView>>>;
  delivery(id: string): Promise<ApiReply<DeliveryView>>;
  replayDelivery(id: string, by?: string): Promise<ApiReply<DeliveryView>>;
}

/** The operations on channels, over whatever carries them. */
export const channelCalls = ({ get, post, change, queryOf }: Asking): ChannelCalls => ({
  channels: (page) => get(channelPageSchema, `/api/v1/channels${queryOf({ ...page })}`),
  channel: (name) => get(channelSchema, at('channels', name)),
  putChannel: (name, body) => change(channelSchema, 'PUT', at('channels', name), body),
  removeChannel: (name, by) => change(channelSchema, 'DELETE', `${at('channels', name)}${queryOf({ by })}`),
  testChannel: (name, by) => post(channelTestSchema, `/channels/${encodeURIComponent(name)}/test`, { by }),
  replayChannel: (name, by) => post(replayedSchema, `/channels/${encodeURIComponent(name)}/replay`, { by }),
  subscriptions: (page) => get(subscriptionPageSchema, `/api/v1/subscriptions${queryOf({ ...page })}`),
  subscription: (name) => get(subscriptionSchema, at('subscriptions', name)),
  putSubscription: (name, body) => change(subscriptionSchema, 'PUT', at('subscriptions', name), body),
  removeSubscription: (name, by) =>
    change(subscriptionSchema, 'DELETE', `${at('subscriptions', name)}${queryOf({ by })}`),
  deliveries: (filter) => get(deliveryPageSchema, `/api/v1/deliveries${queryOf({ ...filter })}`),
  delivery: (id) => get(deliverySchema, at('deliveries', id)),
  replayDelivery: (id, by) => post(deliverySchema, `/deliveries/${encodeURIComponent(id)}/replay`, { by }),
});

const at = (list: string, name: string): string => `/api/v1/${list}/${encodeURIComponent(name)}`;
