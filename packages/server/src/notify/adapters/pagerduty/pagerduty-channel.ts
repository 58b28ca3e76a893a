/**
 * Purpose: alerts and changes in PagerDuty by its Events API v2.
 *
 * The key of an alert comes from its rollout, so that an attempt that is made twice opens one alert, and what follows finds it.
 */
import type { Notice } from '@sluice/core/notify/notice.ts';
import type { PagerdutySettings } from '@sluice/protocol/channels/pagerduty-settings.ts';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext, ReadSecret } from '../../channel.ts';
import { attemptDelivery } from '../attempts/attempt-delivery.ts';
import { requestJson } from '../attempts/http-request.ts';
import { deduplicationKey, pagerdutyEvents } from './pagerduty-events.ts';

/** The adapter that opens and resolves alerts in PagerDuty. */
export const pagerdutyAdapter: ChannelAdapter<PagerdutySettings> = {
  kind: 'pagerduty',
  destinations: ({ url }) => [url],
  open: (settings, readSecret): Channel => ({
    kind: 'pagerduty',
    deliver: (notice, context) => deliver(settings, readSecret, notice, context),
  }),
};

function deliver(
  settings: PagerdutySettings,
  readSecret: ReadSecret,
  notice: Notice,
  context: DeliveryContext,
): Promise<Delivered> {
  const { routingKey, url } = settings;
  return attemptDelivery(readSecret, { routingKey }, async (secrets) => {
    const events = pagerdutyEvents(notice, settings);
    for (const { path, body } of events) {
      const answer = await requestJson(context, {
        provider: 'PagerDuty',
        method: 'POST',
        url: `${url.replace(/\/+$/, '')}${path}`,
        json: { routing_key: secrets.routingKey, ...body },
      });
      if (!answer.ok) return answer.failure;
    }
    const opened = events.some(({ body }) => body['event_action'] === 'trigger');
    return { ok: true, reference: opened ? deduplicationKey(notice, settings) : null };
  });
}
