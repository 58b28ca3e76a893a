import { subscriptionSchema } from '@sluice/protocol/http/channels.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { SUBSCRIPTION_PATH, channelPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /api/v1/subscriptions/:name`: read a subscription. */
export const readSubscription: Operation = (app, { channels }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'readSubscription',
    tags: ['channels'],
    summary: 'Read a subscription',
    params: channelPathSchema,
    response: { 200: jsonReply('The subscription.', subscriptionSchema), ...readingRefusals(404) },
  };
  app.get(SUBSCRIPTION_PATH, { schema, ...needs('channels:read', 'organisation') }, async (request, reply) =>
    sendResult(request, reply, await channels.subscriptions.subscription(request.params.name)),
  );
};
