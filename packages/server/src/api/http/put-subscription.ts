import { subscriptionRequestSchema, subscriptionSchema } from '@sluice/protocol/http/channels.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { SUBSCRIPTION_PATH, channelPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `PUT /api/v1/subscriptions/:name`: have a channel told what happens from now on, or change that. */
export const putSubscription: Operation = (app, { channels, idempotency }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'putSubscription',
    tags: ['channels'],
    summary: 'Have a channel told what happens from now on, or change that',
    params: channelPathSchema,

    headers: changeHeaders,
    body: subscriptionRequestSchema,
    response: {
      200: jsonReply('The subscription as it is now.', subscriptionSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.put(
    SUBSCRIPTION_PATH,
    { schema, ...needs('channels:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () =>
        channels.subscriptions.put(request.params.name, request.body),
      ),
  );
};
