import type { Notice } from '@sluice/core/notify/notice.ts';
import type { SubscriptionFilter } from '@sluice/core/notify/subscription-filter.ts';
import type { Throttle, ThrottleWindow } from '@sluice/core/notify/throttle.ts';
import type { ChannelSettings } from '@sluice/protocol/channels/channel-settings.ts';
import type { ChannelView, SubscriptionView } from '@sluice/protocol/http/channels.ts';
import type { DeliveryView } from '@sluice/protocol/http/deliveries.ts';
import type { ChannelRow } from '../store/notify/channels.ts';
import type { DeliveryRow } from '../store/notify/deliveries.ts';
import type { SubscriptionRow } from '../store/notify/subscriptions.ts';

/** How a channel is shown. An address keeps its query to itself: tokens stand there. */
export const channelView = ({ settings, ...row }: ChannelRow): ChannelView => ({
  ...row,
  kind: (settings as ChannelSettings).kind,
  settings: shownSettings(settings as ChannelSettings),
});

/** Settings without what may be secret although it was given openly. */
export function shownSettings(
  settings: ChannelSettings,
): Readonly<Record<string, unknown>> & { kind: string } {
  const shown = Object.entries(settings).map(([key, value]) => [key, shownValue(value)] as const);
  return { ...Object.fromEntries(shown), kind: settings.kind };
}

function shownValue(value: unknown): unknown {
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value) || !URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.search === '' && url.username === '' && url.password === '') return value;
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}

/** How a subscription is shown. */
export function subscriptionView({ filter, throttle, window, ...row }: SubscriptionRow): SubscriptionView {
  const {
    kinds,
    projects = ['*'],
    applications,
    environments,
    components,
    severity,
  } = filter as SubscriptionFilter;
  const withheld = Object.values((window as ThrottleWindow | null)?.withheld ?? {});
  return {
    ...row,
    kinds: [...kinds],
    projects: [...projects],
    applications: [...applications],
    environments: [...environments],
    components: [...components],
    severity,
    throttle: throttle as Throttle | null,
    withheld: withheld.reduce((sum, count) => sum + count, 0),
  };
}

/** How a delivery is shown. */
export const deliveryView = ({ notice, sequence: _sequence, dueAt, ...row }: DeliveryRow): DeliveryView => ({
  ...row,
  title: (notice as Notice).words.title,
  dueAt: row.state === 'waiting' ? dueAt : null,
});
