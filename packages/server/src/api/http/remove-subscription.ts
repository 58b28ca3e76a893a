import { subscriptionSchema } from '@sluice/protocol/http/channels.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { byQuery, SUBSCRIPTION_PATH, channelPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `DELETE /api/v1/subscriptions/:name`: remove a subscription; what is in the outbox already is told. */
export const removeSubscription: Operation = (app, { channels, idempotency }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'removeSubscription',
    tags: ['channels'],
    summary: 'Remove a subscription; what is in the outbox already is told',
    params: channelPathSchema,
    querystring: z.strictObject(byQuery),
    headers: changeHeaders,

    response: {
      200: jsonReply('The subscription as it was.', subscriptionSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete(
    SUBSCRIPTION_PATH,
    { schema, ...needs('channels:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () =>
        channels.subscriptions.remove(request.params.name, request.query.by),
      ),
  );
};
