import type { Result } from '@sluice/core/kernel/result.ts';
import type {
  ChannelRequest,
  ChannelTestView,
  ChannelView,
  SubscriptionRequest,
  SubscriptionView,
} from '@sluice/protocol/http/channels.ts';
import type { DeliveryView, ReplayedView } from '@sluice/protocol/http/deliveries.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';

/** Which deliveries are asked for. */
export interface DeliveryFilter {
  readonly channel?: string | undefined;
  readonly state?: DeliveryView['state'] | undefined;
}

/** Everything a user can do with channels. Refusals are problems to show. */
export interface ChannelRegistry {
  /** In the order of their names. */
  channels(page: PageRequest): Promise<Page<ChannelView>>;
  channel(name: string): Promise<Result<ChannelView, Problem>>;
  /** Adds one, or changes it; one that was switched off goes on. */
  put(name: string, request: ChannelRequest): Promise<Result<ChannelView, Problem>>;
  /** Refused while somebody subscribes to it. */
  remove(name: string, by: string): Promise<Result<ChannelView, Problem>>;
  /** Tells it something at once, past the outbox. */
  test(name: string, by: string): Promise<Result<ChannelTestView, Problem>>;
  /** Tells everything again that was given up. */
  replayDead(name: string, by: string): Promise<Result<ReplayedView, Problem>>;
  readonly subscriptions: SubscriptionRegistry;
  readonly deliveries: DeliveryRegistry;
}

/** Everything a user can do with subscriptions. */
export interface SubscriptionRegistry {
  /** In the order of their names. */
  page(page: PageRequest): Promise<Page<SubscriptionView>>;
  subscription(name: string): Promise<Result<SubscriptionView, Problem>>;
  put(name: string, request: SubscriptionRequest): Promise<Result<SubscriptionView, Problem>>;
  remove(name: string, by: string): Promise<Result<SubscriptionView, Problem>>;
}

/** Everything a user can do with deliveries. */
export interface DeliveryRegistry {
  /** Newest first. */
  page(filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryView>>;
  delivery(id: string): Promise<Result<DeliveryView, Problem>>;
  /** Tells it again, with the same id; refused while it waits. */
  replay(id: string, by: string): Promise<Result<DeliveryView, Problem>>;
}
